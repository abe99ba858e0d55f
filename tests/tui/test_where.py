"""The two lines about a field, at every width."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

import dissect
from dissect.nodes import Node
from dissect.pieces import Buffer, Span
from tests.tui.stage import Stage
from tui.linked import Linked
from tui.where import Where, extent

CAPTURES = Path(__file__).parent.parent.parent / "captures"
(ASSOCIATION,) = dissect.open(CAPTURES / "echo.pcap").associations
ROOT = ASSOCIATION.messages[0].tree()
LINKED = Linked(ROOT, ASSOCIATION)
MESSAGE_ID = next(node for node in ROOT.walk() if node.name.endswith("Message ID"))
LENGTH = MESSAGE_ID.children[2]


def lines(where: Where) -> list[str]:
    return [where.render_line(y).text.rstrip() for y in range(2)]


def test_meaning_and_address_fit_the_width() -> None:
    where = Where()

    async def act(pilot: Pilot[None]) -> None:
        where.show(*LINKED.told(MESSAGE_ID))
        await pilot.pause()
        meaning, origin = lines(where)
        assert meaning.startswith("(0000,0110) Message ID, 10 bytes: Number of this request")
        assert meaning.endswith("PS3.7 Table E.1-1")
        assert origin.startswith("frame ")
        assert origin.endswith("PDV in context 1")
        assert "requestor's segment 3, seq " in origin
        await pilot.resize_terminal(80, 10)
        await pilot.pause()
        meaning, origin = lines(where)
        assert len(meaning) == 80
        assert "…  PS3.7" in meaning
        assert "segment" not in origin
        assert origin.endswith("PDV in context 1")
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert [each[-1] for each in lines(where)] == ["…", "…"]

    Stage(where).play(act, size=(130, 10))


def test_a_part_is_told_with_what_it_is_part_of() -> None:
    where = Where()

    async def act(pilot: Pilot[None]) -> None:
        where.show(*LINKED.told(LENGTH))
        await pilot.pause()
        assert lines(where)[0].startswith("(0000,0110) Message ID › Length, 4 bytes: ")
        where.show([])
        await pilot.pause()
        assert lines(where) == ["", ""]
        where.show([Node("Data Set", note="two\nlines")])
        await pilot.pause()
        assert lines(where) == [r"Data Set, no bytes: two\nlines", "nowhere in the capture"]

    Stage(where).play(act, size=(130, 10))


def test_inflated_bytes_say_what_they_were_inflated_from() -> None:
    (association,) = dissect.open(CAPTURES / "store-deflated.pcap").associations
    root = next(message for message in association.messages if message.has_data_set).tree()
    linked = Linked(root, association)
    element = next(node for node in root.children if node.name == "Data Set").children[0]
    where = Where()

    async def act(pilot: Pilot[None]) -> None:
        where.show(*linked.told(element))
        await pilot.pause()
        assert lines(where)[1].startswith("inflated from frame ")

    Stage(where).play(act, size=(130, 10))


@pytest.mark.parametrize(
    ("lengths", "text"),
    [((), "no bytes"), ((1,), "1 byte"), ((1000,), "1,000 bytes"), ((3, 4), "7 bytes in 2 pieces")],
)
def test_the_extent_counts_bytes_and_pieces(lengths: tuple[int, ...], text: str) -> None:
    assert extent([Span(Buffer(b""), 0, length) for length in lengths]) == text
