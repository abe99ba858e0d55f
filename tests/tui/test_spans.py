"""From bytes down to their direction, and who carried them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import dissect
from dissect.capture import Capture
from dissect.nodes import Node
from dissect.pieces import HOLE, Buffer, Pieces, Span
from tests.craft.talk import Talk
from tui.carriers import Carriers
from tui.linked import Linked
from tui.spans import NodeIndex, address, down_to, ground, merged

CAPTURES = Path(__file__).parent.parent.parent / "captures"
FILE = Buffer(bytes(range(100)))


@cache
def reading(name: str) -> Capture:
    return dissect.open(CAPTURES / name)


def over(below: Buffer | Pieces, *runs: tuple[int, int]) -> Pieces:
    pieces = Pieces(below)
    for source, length in runs:
        pieces.append(source, length)
    return pieces


def places(spans: list[Span]) -> list[tuple[int, int]]:
    return [(span.start, span.length) for span in spans]


def test_bytes_of_a_message_lie_in_pieces_of_the_direction() -> None:
    way = over(FILE, (40, 20), (HOLE, 5), (70, 20))
    message = over(way, (2, 10), (18, 10), (28, 2))
    assert places(down_to(Span(message, 5, 12), way)) == [(7, 5), (18, 7)]
    assert places(down_to(Span(message, 12, 10), way)) == [(20, 10)]  # two fragments that touch
    assert down_to(Span(way, 3, 4), way) == [Span(way, 3, 4)]
    assert places(down_to(Span(message, 5, 12), FILE)) == [(47, 5), (58, 2)]  # less what was lost


def test_inflated_bytes_lie_in_no_direction() -> None:
    way, inflated = over(FILE, (0, 100)), Buffer(b"inflated")
    assert down_to(Span(inflated, 0, 8), way) == []
    assert ground(inflated, [way]) is inflated
    assert ground(over(way, (3, 4)), [way]) is way


def test_spans_that_touch_are_joined_source_by_source() -> None:
    spans = [Span(FILE, 5, 5), Span(FILE, 0, 5), Span(FILE, 20, 1), Span(FILE, 8, 4)]
    other = Buffer(b"other")
    assert places(merged(spans)) == [(0, 12), (20, 1)]
    assert merged([Span(FILE, 0, 5), Span(other, 5, 1)]) == [Span(FILE, 0, 5), Span(other, 5, 1)]


def named(name: str, source: Buffer | Pieces, start: int, length: int, *children: Node) -> Node:
    return Node(name, span=Span(source, start, length), children=list(children))


def paths(index: NodeIndex, position: int, source: Buffer | Pieces) -> list[str]:
    return ["/".join(node.name for node in path) for path in index.nodes_at(position, source)]


def test_a_byte_has_a_path_in_each_branch_of_the_tree() -> None:
    way = over(FILE, (0, 100))
    data = over(way, (16, 10), (38, 10))
    value = named("value", data, 4, 16)
    root = named("root", way, 10, 40)
    root.children = [
        named("element", data, 0, 20, named("tag", data, 0, 4), value),
        Node("PDUs", children=[named("PDU 1", way, 10, 16), named("PDU 2", way, 32, 16)]),
    ]
    index = NodeIndex(root, [way])
    assert paths(index, 17, way) == ["root/element/tag", "root/PDUs/PDU 1"]
    assert paths(index, 40, way) == ["root/element/value", "root/PDUs/PDU 2"]
    assert paths(index, 12, way) == ["root/PDUs/PDU 1"]
    assert paths(index, 30, way) == ["root"]
    assert paths(index, 60, way) == []
    assert places(index.bytes_of(value)) == [(20, 6), (38, 10)]
    assert places(index.bytes_of(root.children[1])) == [(10, 16), (32, 16)]


def test_bit_fields_share_their_byte() -> None:
    way = over(FILE, (0, 100))
    root = named(
        "header", way, 0, 2, named("bit 1", way, 0, 1), named("bit 0", way, 0, 1), named("x", way, 1, 1)
    )
    index = NodeIndex(root, [way])
    assert paths(index, 0, way) == ["header/bit 1", "header/bit 0"]
    assert paths(index, 1, way) == ["header/x"]


@pytest.mark.parametrize(
    "name", ["print.pcap", "store-fragmented.pcap", "parallel.pcap", "abort-provider.pcap"]
)
def test_pdus_are_numbered_as_the_association_lists_them(name: str) -> None:
    for association in reading(name).associations:
        sides = [Carriers(association, side) for side in (0, 1)]
        for number, (side, pdu) in enumerate(association.pdus(), 1):
            assert sides[side].number(pdu) == number
            assert sides[side].pdu_at(pdu.start) == sides[side].pdu_at(pdu.stop - 1) == pdu


def test_associations_on_one_connection_number_their_own_pdus(tmp_path: Path) -> None:
    talk = Talk()
    for _ in range(3):
        talk.associate([(1, "1.2.840.10008.1.1", ["1.2.840.10008.1.2"])])
        talk.echo()
        talk.release(close=False)
    talk.close()
    associations = dissect.open(talk.write(tmp_path / "thrice.pcap")).associations
    assert len(associations) == 3
    for association in associations:
        sides = [Carriers(association, side) for side in (0, 1)]
        numbers = [sides[side].number(pdu) for side, pdu in association.pdus()]
        assert numbers == list(range(1, 7))


def test_headers_are_those_between_two_positions() -> None:
    (association,) = reading("store-fragmented.pcap").associations
    message = association.messages[0]
    carriers = Carriers(association, message.side)
    found = list(carriers.headers(message.start, message.stop))
    starts = [start - 6 for start in [*message.command_runs[::2], *message.data_runs[::2]]]
    assert [start for start, _, kind in found if kind == "pdv"] == starts
    assert all(stop - start == 6 for start, stop, _ in found)
    middle = message.data_runs[2] + 1
    assert list(carriers.headers(middle, middle + 4)) == []


def test_an_address_leads_from_the_pdv_to_the_file() -> None:
    (association,) = reading("store-fragmented.pcap").associations
    message = association.messages[0]
    sides = [Carriers(association, side) for side in (0, 1)]
    data = message.data_bytes()
    found = address(Span(data, 0, 4), sides)
    assert found is not None
    assert found.pdv is not None
    assert (found.side, found.pdv.context_id, found.pdv.kind) == ("requestor", 1, "data set")
    assert found.offset is not None
    assert (CAPTURES / found.file).read_bytes()[found.offset : found.offset + 4] == data.read(0, 4)
    assert found.text == (
        f"frame {found.frame}, offset 0x{found.offset:X} of store-fragmented.pcap, "
        f"requestor's segment {found.segment}, seq {found.position + 1}, "
        f"PDU {found.pdu} P-DATA-TF, PDV in context 1"
    )
    assert address(Span(Buffer(b"inflated"), 0, 4), sides) is None


def test_a_byte_that_was_not_captured_has_no_file() -> None:
    association = reading("snaplen.pcap").associations[-1]
    side, gap = next((side, gap) for side in (0, 1) for gap in association.gaps(side))
    found = address(gap, [Carriers(association, side) for side in (0, 1)])
    assert found is not None
    assert (found.frame, found.offset) == (None, None)
    assert found.side == association.side_name(side)
    assert found.text.startswith("not captured, ")


def test_several_bytes_open_what_holds_all_of_them() -> None:
    (association,) = reading("store-fragmented.pcap").associations
    root = association.messages[0].tree()
    linked = Linked(root, association)
    command, data_set, pdus = root.children
    first, second = data_set.children[1:3]
    start, stop = linked.select(first)[0].start, linked.select(second)[-1].stop
    source = linked.select(first)[0].source
    assert linked.between((start, stop), source) is data_set
    assert linked.between((start + 1, start + 2), source) is first.children[0]
    assert root.span is not None
    assert linked.between((root.span.start, root.span.stop), source) is root
    fragment = pdus.children[0].children[-1].children[-1]
    (lies,) = linked.select(fragment)
    assert linked.between((lies.start, lies.stop), source) is command
    assert linked.between((lies.start, lies.stop), source, near=fragment) is fragment


def test_the_address_told_is_that_of_the_byte_at_hand() -> None:
    (association,) = reading("store-fragmented.pcap").associations
    root = association.messages[0].tree()
    linked = Linked(root, association)
    assert root.span is not None
    _, _, first = linked.told(root)
    _, _, last = linked.told(root, Span(root.span.source, root.span.stop - 1, 1))
    assert first is not None
    assert last is not None
    assert (first.position, last.position) == (root.span.start, root.span.stop - 1)


def test_two_messages_under_one_root_are_shown_each_in_its_own_direction() -> None:
    association = reading("print.pcap").associations[0]
    request, response = association.messages[:2]
    assert request.side != response.side
    root = Node("N-GET", children=[request.tree(), response.tree()])
    linked = Linked(root, association)
    for message, tree in zip((request, response), root.children, strict=True):
        shown, marks = linked.shown(tree.children[0].children[0])
        assert shown == message.span
        assert marks is not None
    missing = Node("Called AE title", text="(missing)")
    root.children[0].children.append(missing)
    linked = Linked(root, association)
    assert linked.select(missing) == []
    assert linked.shown(missing)[0] == request.span
    path, spans, found = linked.told(missing)
    assert (path[-1], spans) == (missing, [])
    assert found is not None
