"""What if a byte were another: the ordinary reader is the oracle, over a capture with that byte in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dissect
from dissect.dicom.associations import Association
from dissect.lessons.whatif import Change, Reading, Shift, WhatIf
from tests.craft import CT, EXPLICIT, IMPLICIT, VERIFICATION, Talk
from tests.outputs.golden import CAPTURES

ECHO = dissect.open(CAPTURES / "echo.pcap").associations[0]
STORE = dissect.open(CAPTURES / "store-fragmented.pcap").associations[0]


def names(reading: Reading) -> list[str]:
    return [pdu.name for walk in reading.walks for pdu in walk.pdus]


def told(associations: list[Association]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.text) for each in associations for finding in each.findings]


def test_one_length_byte_shifts_fields_and_raises_a_finding_and_undo_brings_it_back() -> None:
    what = WhatIf(ECHO)
    side = ECHO.requestor_side
    what.overwrite(side, 5, b"\xcc")
    assert names(what.now)[:3] == ["A-ASSOCIATE-RQ", "No PDU", "A-ASSOCIATE-AC"]
    assert [finding.rule for finding in what.change.came] == ["lost-framing", "item-length", "item-length"]
    assert what.shifts(side, 5) == [
        Shift(
            ("User Information", "Implementation Version Name", "Implementation version name"),
            (196, 211),
            (196, 210),
        ),
        Shift(("A-ASSOCIATE-RQ",), (0, 211), (0, 210)),
        Shift(("No PDU",), None, (210, 211)),
    ]
    assert what.undo()
    assert names(what.now)[:3] == ["A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "P-DATA-TF"]
    assert (what.change, what.shifts(side, 5)) == (Change([], [], []), [])


def test_edits_are_made_taken_back_and_made_again() -> None:
    what = WhatIf(ECHO)
    side = ECHO.requestor_side
    assert what.undo() is what.redo() is None
    what.overwrite(side, 10, b"XY")
    what.insert(side, 0, b"\x01\x02\x03")
    what.delete(side, 1)
    assert what.edited(side) == [(0, 1), (1, 2), (12, 14)]
    assert what.length(side) == WhatIf(ECHO).length(side) + 2
    assert (what.moved(side, 0), what.moved(side, 10), what.original(side, 14)) == (2, 12, 12)
    third = what.undo()
    assert third == what.redo()
    assert what.reset()
    assert not what.edits
    assert not what.reset()
    for _ in range(3):
        assert what.redo()
    assert what.edited(side) == [(0, 1), (1, 2), (12, 14)]
    what.undo()
    what.overwrite(side, 5, b"\0")
    assert what.redo() is None


def test_a_field_that_moved_along_with_bytes_put_in_before_it_has_not_shifted() -> None:
    what = WhatIf(ECHO)
    side = ECHO.requestor_side
    what.insert(side, 26, b"A")
    what.overwrite(side, 5, b"\xce")
    shifted = {shift.name for shift in what.shifts(side, 5)}
    assert "Calling AE title" in shifted
    assert "Called AE title" not in shifted
    assert "A-RELEASE-RQ" not in shifted


def test_a_message_whose_last_fragment_never_comes_is_told_of() -> None:
    what = WhatIf(ECHO)
    what.overwrite(ECHO.requestor_side, 211 + 11, b"\x01")
    assert what.change.broken == [
        "A message is not whole: its sender went on to another PDU before its last fragment"
    ]


def test_there_is_no_byte_behind_the_last() -> None:
    what = WhatIf(ECHO)
    with pytest.raises(IndexError, match="no byte 302"):
        what.overwrite(ECHO.requestor_side, 301, b"\0")
    assert not what.edits


def talk() -> Talk:
    talk = Talk()
    talk.associate([(1, VERIFICATION, [IMPLICIT]), (3, CT, [IMPLICIT, EXPLICIT])])
    talk.echo()
    talk.store_request(3, 2)
    talk.requestor.data(3, b"\x08\0\x18\0\x06\0\0\x001.2.3\0", fragment=8)
    talk.store_response(3, 2)
    talk.release()
    return talk


@settings(max_examples=60, deadline=None)
@given(side=st.sampled_from(["requestor", "acceptor"]), at=st.floats(0, 0.999), byte=st.integers(0, 255))
def test_an_edit_says_what_a_capture_with_that_byte_in_it_says(
    tmp_path_factory: pytest.TempPathFactory, side: str, at: float, byte: int
) -> None:
    folder = tmp_path_factory.mktemp("whatif")
    original = dissect.open(talk().write(folder / "original.pcap")).associations[0]
    who = original.requestor_side if side == "requestor" else original.acceptor_side
    what = WhatIf(original)
    position = int(at * what.length(who))
    what.overwrite(who, position, bytes([byte]))

    changed = talk()
    seen = 0
    for number, event in enumerate(changed.events):
        if event.side == side and event.data:
            if seen <= position < seen + len(event.data):
                data = bytearray(event.data)
                data[position - seen] = byte
                changed.events[number] = type(event)(event.side, event.time, bytes(data), event.flags)
            seen += len(event.data)
    wanted = dissect.open(changed.write(folder / "changed.pcap"))
    assert told(what.now.associations) == told(wanted.associations)
    assert [a.outcome for a in what.now.associations] == [a.outcome for a in wanted.associations]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.booleans(), st.floats(0, 0.999), st.sampled_from("oid"), st.binary(min_size=1, max_size=3)
        ),
        max_size=6,
    )
)
def test_any_edits_can_be_read_and_reset_brings_all_back(edits: list[tuple[bool, float, str, bytes]]) -> None:
    what = WhatIf(STORE)
    before = names(what.before)
    for side, at, kind, data in edits:
        position = int(at * (what.length(side) - len(data)))
        if kind == "o":
            what.overwrite(side, position, data)
        elif kind == "i":
            what.insert(side, position, data)
        else:
            what.delete(side, position, len(data))
        walk, number = what.now.walk_at(side, min(position, what.length(side) - 1)) or (None, 0)
        assert walk is not None
        assert walk.fields(number)
        assert len(what.now.turns(walk)) == len(walk)
        what.shifts(side, position)
        for low, high in what.edited(side):
            assert 0 <= low < high <= what.length(side)
    what.reset()
    assert names(what.now) == before
    assert what.change == Change([], [], [])


def test_the_bytes_of_a_direction_are_those_of_the_capture_but_for_the_edit() -> None:
    side = STORE.requestor_side
    original = STORE.framers[side].direction.pieces
    what = WhatIf(STORE)
    what.overwrite(side, 3000, b"what if")
    now = what.now.walks[0].association.framers[side].direction.pieces
    whole = original.read(0, len(original))
    assert now.read(0, len(now)) == whole[:3000] + b"what if" + whole[3007:]


def test_the_second_association_of_a_connection_is_edited_by_itself(tmp_path: Path) -> None:
    two = Talk()
    for _ in range(2):
        two.associate([(1, VERIFICATION, [IMPLICIT])])
        two.echo()
        two.release(close=False)
    associations = dissect.open(two.write(tmp_path / "two.pcap")).associations
    what = WhatIf(associations[1])
    side = associations[1].requestor_side
    assert names(what.before) == [
        "A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "P-DATA-TF", "P-DATA-TF", "A-RELEASE-RQ", "A-RELEASE-RP",
    ]  # fmt: skip
    what.overwrite(side, 0, b"\x47")
    assert names(what.now)[0] == "PDU type 47H"


def test_bytes_that_were_not_captured_stay_so() -> None:
    association = dissect.open(CAPTURES / "lossy-monitor.pcap").associations[0]
    what = WhatIf(association)
    side = association.requestor_side
    what.overwrite(side, 5, b"\x01")
    now = what.now.walks[0].association
    assert [gap.length for gap in now.gaps(side)] == [gap.length for gap in association.gaps(side)]


@pytest.mark.parametrize("name", sorted(path.name for path in CAPTURES.glob("*.pcap*")))
def test_without_an_edit_every_capture_reads_as_it_did(name: str) -> None:
    for association in dissect.open(CAPTURES / name).associations[:3]:
        before = WhatIf(association).before
        own = [each.rule for each in association.findings if each.rule != "second-rq"]
        assert [each.command for again in before.associations for each in again.messages] == [
            each.command for each in association.messages
        ]
        found = [each.rule for again in before.associations for each in again.findings]
        assert found == own
