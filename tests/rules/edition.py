"""An edition of the standard in small, in DocBook as NEMA publishes it: one IOD with two modules, made up.

Only its shape is the standard's; the words are ours.
"""

from __future__ import annotations

from pathlib import Path

from tests.craft import CT

_HEAD = '<?xml version="1.0"?>\n<book xmlns="http://docbook.org/ns/docbook">\n'
ENUMERATED = """<variablelist><title>Enumerated Values:</title>
<varlistentry><term>F</term><listitem><para>one</para></listitem></varlistentry>
<varlistentry><term>M</term><listitem><para>other</para></listitem></varlistentry></variablelist>"""


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _para(text: str) -> str:
    return f"<para>{text}</para>"


def _attribute(name: str, tag: str, type_: str, about: str = "<para>Text.</para>") -> str:
    return _row(_para(name), _para(tag), _para(type_), about)


def _table(*rows: str) -> str:
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _module(label: str, *rows: str) -> str:
    return f'<section label="{label}"><title>{label} Module</title>{_table(*rows)}</section>'


def write_edition(directory: Path) -> Path:
    """Parts 3, 4 and 6."""
    xref = '<para><xref linkend="sect_C.{}"/></para>'
    modules = _table(
        _row(_para("Patient"), _para("Patient"), xref.format(1), _para("M")),
        _row(_para("Image"), _para("SOP Common"), xref.format(2), _para("M")),
    )
    iod = f'<section label="A.2.1"><title>CT Image IOD Module Table</title>{modules}</section>'
    general = '<section label="A.1"><title>General</title></section>'
    part3 = (
        f'<chapter label="A"><title>IODs</title>{general}'
        f'<section label="A.2"><title>CT Image IOD</title>{iod}</section></chapter>'
        '<chapter label="C"><title>Modules</title>'
        + _module(
            "C.1",
            _attribute("Patient's Name", "(0010,0010)", "2"),
            _attribute("Patient ID", "(0010,0020)", "1"),
            _attribute("Patient's Sex", "(0010,0040)", "2", _para("Sex.") + ENUMERATED),
        )
        + _module(
            "C.2",
            _attribute("SOP Class UID", "(0008,0016)", "1"),
            _attribute("SOP Instance UID", "(0008,0018)", "1"),
        )
        + "</chapter>"
    )
    olink = '<para><olink targetptr="sect_A.2"/></para>'
    storage = _table(_row(_para("CT Image Storage"), _para(CT), olink))
    part4 = f'<chapter label="B"><section label="B.5">{storage}</section></chapter>'
    elements = (
        ("(0008,0016)", "SOP Class UID", "UI"),
        ("(0008,0018)", "SOP Instance UID", "UI"),
        ("(0010,0010)", "Patient's Name", "PN"),
        ("(0010,0020)", "Patient ID", "LO"),
        ("(0010,0040)", "Patient's Sex", "CS"),
    )
    rows = [_row(*map(_para, (tag, name, name, vr, "1", ""))) for tag, name, vr in elements]
    part6 = f'<chapter label="6">{_table(*rows)}</chapter>'
    directory.mkdir(parents=True, exist_ok=True)
    for number, content in ((3, part3), (4, part4), (6, part6)):
        (directory / f"part{number:02}.xml").write_text(f"{_HEAD}{content}</book>\n")
    return directory
