"""Trees of PDUs and command sets: every byte in one leaf, values in words, secrets hidden."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dissect
from dissect.layers import P_DATA_TF, PresentationDataValueItem, UserIdentitySubItemRQ, command
from dissect.nodes import Node
from dissect.pieces import HOLE, Buffer, Pieces, Span, locate
from dissect.tree import command_tree, pdu_tree
from tests.craft import CT, IMPLICIT, Talk, pdv, write
from tests.layers.test_spans import mutated, mutations
from tests.layers.vectors import ALL_PDUS, COMMANDS, OWN_PDUS


def whole(data: bytes) -> Span:
    return Span(Buffer(data), 0, len(data))


def in_stream(data: bytes, *, before: bytes = b"before", piece: int = 7) -> Span:
    """`data` in the middle of a TCP direction that lies in the file in small pieces, in reversed order."""
    stream = before + data + b"after"
    parts = [stream[at : at + piece] for at in range(0, len(stream), piece)]
    file = Buffer(b"".join(reversed(parts)))
    pieces, end = Pieces(file), len(stream)
    for part in parts:
        end -= len(part)
        pieces.append(end, len(part))
    return Span(pieces, len(before), len(data))


def leaves(node: Node) -> Iterator[Node]:
    return (each for each in node.walk() if not each.children and each.span is not None)


def find(node: Node, name: str) -> Node:
    return next(each for each in node.walk() if each.name == name)


def check_leaves(root: Node, span: Span) -> None:
    end, previous = span.start, (-1, -1)
    for leaf in leaves(root):
        assert leaf.span is not None
        assert leaf.span.source is span.source
        here = (leaf.span.start, leaf.span.stop)
        if here != previous:  # the bit fields of a byte share it
            assert leaf.span.start == end, leaf.name
        end, previous = leaf.span.stop, here
    assert end == span.stop


@pytest.mark.parametrize("name", ALL_PDUS)
def test_every_byte_of_a_pdu_has_one_leaf_in_its_direction(name: str) -> None:
    span = in_stream(ALL_PDUS[name])
    tree = pdu_tree(span)
    check_leaves(tree, span)
    assert tree.span == span
    assert all(node.text or node.children for node in tree.walk())
    assert all(node.note and node.reference for node in tree.walk() if node.name != "Bytes after the end")


@given(st.sampled_from(sorted(ALL_PDUS)), mutations)
def test_every_byte_of_a_damaged_pdu_has_one_leaf(name: str, changes: list[tuple[int, bytes]]) -> None:
    span = in_stream(mutated(ALL_PDUS[name], changes))
    check_leaves(pdu_tree(span), span)


@given(st.sampled_from(sorted(COMMANDS)), mutations)
def test_every_byte_of_a_damaged_command_set_has_one_leaf(
    name: str, changes: list[tuple[int, bytes]]
) -> None:
    span = in_stream(mutated(COMMANDS[name], changes))
    check_leaves(command_tree(span), span)


def test_a_leaf_leads_to_its_bytes_in_the_file() -> None:
    title = find(pdu_tree(in_stream(OWN_PDUS["full request"])), "Called AE title")
    assert title.span is not None
    assert title.value == title.text == "ARCHIVE"
    assert title.span.read() == b"ARCHIVE".ljust(16)
    assert b"".join(span.read() for span in locate(title.span)) == b"ARCHIVE".ljust(16)


def test_uids_have_their_names() -> None:
    tree = pdu_tree(whole(OWN_PDUS["full request"]))
    node = find(tree, "Abstract syntax name")
    assert node.value == "1.2.840.10008.5.1.4.1.1.2"
    assert node.text == "1.2.840.10008.5.1.4.1.1.2 (CT Image Storage)"
    assert find(tree, "Presentation Context").text == "1: 1.2.840.10008.5.1.4.1.1.2 (CT Image Storage)"


def test_codes_have_their_names_and_a_note() -> None:
    tree = pdu_tree(whole(OWN_PDUS["reject"]))
    assert tree.text == "2 (rejected transient), 3 (service provider, presentation), 1 (temporary congestion)"
    node = find(tree, "Result")
    assert (node.value, node.text) == (2, "2 (rejected transient)")
    assert node.note == "Whether the same request may succeed later. Legal: 1 or 2."
    assert node.reference == "PS3.8 Table 9-21"


def test_options_that_were_not_sent_have_no_node() -> None:
    names = [node.name for node in pdu_tree(whole(OWN_PDUS["full request"])).walk()]
    assert "Date time matching" in names
    assert "Enhanced multi frame image conversion" not in names
    assert "Trailing bytes" not in names


def test_a_large_fragment_is_not_copied_into_its_node() -> None:
    pdu = P_DATA_TF(items=[PresentationDataValueItem(data=b"\xab" * 1_000_000)])
    node = find(pdu_tree(whole(bytes(pdu))), "Data")
    assert node.value is None
    assert node.text == "ab " * 31 + "ab … (1000000 bytes)"
    assert node.span is not None
    assert node.span.length == 1_000_000


def test_what_is_missing_is_said() -> None:
    tree = pdu_tree(whole(OWN_PDUS["full request"][:30]))
    assert tree.text == "(cut short after 43 54 31 20) > ARCHIVE (460 bytes are missing)"
    calling = find(tree, "Calling AE title")
    assert calling.text == "(cut short after 43 54 31 20)"
    assert calling.span is not None
    assert calling.span.length == 4
    assert calling.value is None
    tree = pdu_tree(whole(OWN_PDUS["full request"][:90]))
    assert find(tree, "Application context name").text == "1.2.840.1000 (9 bytes are missing)"
    tree = pdu_tree(whole(OWN_PDUS["full request"][:7]))
    missing = find(tree, "Called AE title")
    assert (missing.text, missing.span) == ("(missing)", None)


def test_no_bytes_make_a_tree_that_says_so() -> None:
    assert pdu_tree(whole(b"")).text == "no bytes"
    assert command_tree(whole(b"")).text == "no bytes"


def test_bytes_after_the_end_of_the_pdu_have_a_leaf() -> None:
    span = whole(OWN_PDUS["abort"] + b"\1\2")
    tree = pdu_tree(span)
    check_leaves(tree, span)
    assert tree.children[-1].name == "Bytes after the end"
    assert tree.children[-1].text == "01 02"


def test_bytes_that_were_not_captured_are_not_shown_as_zeros() -> None:
    data = OWN_PDUS["full request"]
    pieces = Pieces(Buffer(data))
    pieces.append(0, 12)
    pieces.append(HOLE, 30)
    pieces.append(42, len(data) - 42)
    tree = pdu_tree(Span(pieces, 0, len(data)))
    assert find(tree, "Called AE title").text.endswith("(14 bytes not captured)")
    calling = find(tree, "Calling AE title")
    assert (calling.text, calling.value) == ("not captured", None)
    assert tree.text.endswith("(30 bytes not captured)")
    assert "not captured" not in find(tree, "User Information").text


def texts(node: Node) -> str:
    return "\n".join(f"{each.name} {each.value!r} {each.text}" for each in node.walk())


def test_passcodes_are_hidden_unless_asked_for() -> None:
    span = whole(OWN_PDUS["full request"])
    node = find(pdu_tree(span), "Secondary field")
    assert (node.value, node.text) == (None, "•••••• (8 bytes, hidden)")
    assert "röntgen" in texts(pdu_tree(span))
    shown = find(pdu_tree(span, show_secrets=True), "Secondary field")
    assert (shown.value, shown.text) == ("p4ssw0rd", "p4ssw0rd")


def test_passcodes_are_hidden_in_pdus_cut_short_and_in_the_wrong_place() -> None:
    data = OWN_PDUS["full request"]
    for length in range(len(data)):
        shown = texts(pdu_tree(whole(data[:length])))
        assert "p4s" not in shown
        assert "70 34 73" not in shown
    identity = bytes(UserIdentitySubItemRQ(user_identity_type=2, secondary_field="p4ssw0rd"))
    misplaced = b"\1\0" + (68 + len(identity)).to_bytes(4, "big") + bytes(68) + identity
    assert "p4s" not in texts(pdu_tree(whole(misplaced)))
    assert "70 34 73" not in texts(pdu_tree(whole(misplaced)))


@pytest.mark.parametrize("length", [9, 10, 18, 200])
def test_a_passcode_that_a_wrong_length_makes_part_of_the_username_is_hidden(length: int) -> None:
    identity = UserIdentitySubItemRQ(
        user_identity_type=2, primary_field="bob", primary_field_length=length, secondary_field="p4ssw0rd"
    )
    items = b"\x50\0" + len(bytes(identity)).to_bytes(2, "big") + bytes(identity)
    data = b"\1\0" + (68 + len(items)).to_bytes(4, "big") + bytes(68) + items
    assert "p4s" not in texts(pdu_tree(whole(data)))


@pytest.mark.parametrize("kind", [3, 4, 5, 9])
def test_tickets_assertions_and_tokens_are_hidden(kind: int) -> None:
    identity = UserIdentitySubItemRQ(user_identity_type=kind, primary_field="eyJhbGciOi")
    items = b"\x50\0" + len(bytes(identity)).to_bytes(2, "big") + bytes(identity)
    data = b"\1\0" + (68 + len(items)).to_bytes(4, "big") + bytes(68) + items
    assert "eyJ" not in texts(pdu_tree(whole(data)))
    assert "eyJ" in texts(pdu_tree(whole(data), show_secrets=True))
    assert "74 69 63" not in texts(pdu_tree(whole(OWN_PDUS["accept"])))  # the server's ticket


def test_a_command_set_names_its_elements() -> None:
    data = bytes(command("C-ECHO-RQ", MessageID=7, AffectedSOPClassUID="1.2.840.10008.1.1"))
    tree = command_tree(whole(data))
    assert (tree.name, tree.text) == ("Command Set", "C-ECHO-RQ")
    node = find(tree, "(0000,0110) Message ID")
    assert (node.value, node.text) == (7, "7")
    assert node.note.startswith("Number of this request, chosen by its sender")
    assert node.reference == "PS3.7 Table E.1-1"
    assert [child.name for child in node.children] == ["Group", "Element", "Length", "Value"]
    uid = find(tree, "(0000,0002) Affected SOP Class UID")
    assert uid.value == "1.2.840.10008.1.1"
    assert uid.text == "1.2.840.10008.1.1 (Verification SOP Class)"


def test_a_command_set_split_over_fragments_leads_back_to_the_direction() -> None:
    data = bytes(command("C-ECHO-RQ", MessageID=7))
    direction = Buffer(b"......" + data[:20] + b"......" + data[20:])
    joined = Pieces(direction)
    joined.append(6, 20)
    joined.append(32, len(data) - 20)
    node = find(command_tree(Span(joined, 0, len(joined))), "(0000,0110) Message ID")
    assert node.span is not None
    assert [(span.source, span.start) for span in locate(node.span)] == [(direction, 34)]


def test_elements_that_fit_no_rule_are_shown_as_bytes() -> None:
    tree = command_tree(whole(bytes.fromhex("00009999020000000102 0000100101000000 07 0000")))
    assert find(tree, "(0000,9999) Unknown").text == "01 02"
    assert find(tree, "(0000,0110) Message ID").value == b"\x07"
    assert tree.children[-1].name == "Command element"


def test_a_message_of_many_pdus_is_shown_without_dissecting_them_all(tmp_path: Path) -> None:
    talk = Talk(calling="SCU", called="SCP", port=11112)
    talk.associate([(1, CT, [IMPLICIT])], accept={1: IMPLICIT})
    talk.store(1, 1, bytes(20_000), fragment=100)
    capture = dissect.open(talk.write(tmp_path / "many.pcap"))
    message = capture.associations[0].messages[0]
    pdus = find(message.tree(), "PDUs").children
    assert len(pdus) == 201
    assert {node.name for pdu in pdus for node in pdu.walk()} == {
        "P-DATA-TF", "PDU header", "PDV", "PDV header", "Fragment",
    }  # fmt: skip
    spans = [node.span for pdu in pdus for node in pdu.walk() if not node.children and node.span]
    for before, after in pairwise(spans):
        assert before.stop == after.start


def test_a_hole_in_a_long_pdu_is_one_node_of_a_message_of_many(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, (IMPLICIT,))])
    talk.store_request(1, 1)
    for _ in range(70):
        talk.requestor.pdvs(pdv(1, 0, bytes(100)))
    length = 10_000_000
    talk.requestor.pdu(4, pdv(1, 0, b"ab"), length=length)
    talk.requestor.data(1, bytes(10))
    *segments, last = talk.segments()
    behind = replace(last, sequence=last.sequence + length - 8)
    (association,) = dissect.open(write(tmp_path / "hole.pcap", [*segments, behind])).associations
    pdus = association.messages[0].tree().children[-1]
    assert sum(1 for _ in pdus.walk()) < 1000
    (rest,) = (node for node in pdus.walk() if node.name == "Rest")
    assert rest.span is not None
    assert rest.span.length == length - 8
