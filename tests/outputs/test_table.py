from __future__ import annotations

import csv
from pathlib import Path

from dissect.outputs.selection import Selection
from dissect.outputs.table import COLUMNS, header, rows
from tests.craft import IMPLICIT, VERIFICATION, Talk
from tests.outputs.golden import same
from tests.outputs.reading import read


def test_the_rows_of_a_retrieval_stay_as_they_are() -> None:
    capture = read(Path("get.pcap"))
    same("get.csv", header() + "".join(rows(capture, Selection())))


def test_every_row_has_every_column(tmp_path: Path) -> None:
    for name in ("find-cancel", "commitment", "abort-acceptor", "mid-find"):
        text = header() + "".join(rows(read(Path(f"{name}.pcap")), Selection()))
        table = list(csv.DictReader(text.splitlines()))
        assert table
        assert all(list(row) == list(COLUMNS) and None not in row.values() for row in table)


def test_a_peer_cannot_send_formulas_to_the_spreadsheet(tmp_path: Path) -> None:
    talk = Talk(calling="=1+1", called="A,B")
    talk.associate([(1, VERIFICATION, [IMPLICIT])])
    talk.echo()
    capture = read(talk.write(tmp_path / "talk.pcap"))
    (row,) = csv.reader(rows(capture, Selection()))
    assert row[COLUMNS.index("calling_ae")] == "'=1+1"
    assert row[COLUMNS.index("called_ae")] == "A,B"


def test_a_selection_narrows_the_rows() -> None:
    capture = read(Path("print.pcap"))
    assert len(list(rows(capture, Selection(message=3)))) == 1
    assert len(list(rows(capture, Selection()))) == 10
