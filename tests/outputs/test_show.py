from __future__ import annotations

import re
from pathlib import Path

import pytest

from dissect.outputs import hexadecimal
from dissect.outputs.fields import Details, fields
from dissect.outputs.selection import Selection
from dissect.outputs.words import Look
from dissect.pieces import HOLE, Buffer, Pieces, Span
from dissect.readings import READINGS
from tests.craft import CT, EXPLICIT, IMPLICIT, Talk, associate_ac, associate_rq, implicit
from tests.craft.dicom import command_set, p_data, pdv
from tests.outputs.golden import same
from tests.outputs.reading import SmallTrees, read

COMMITMENT = "1.2.840.10008.1.20.1"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    talk = Talk()
    talk.associate([(1, CT, [IMPLICIT, EXPLICIT]), (3, CT, [EXPLICIT])], accept={1: IMPLICIT, 3: 4})
    talk.store(1, 1, implicit(0x7FE00010, bytes(range(64))), fragment=20)
    talk.release()
    return talk.write(tmp_path / "stored.pcap")


def shown(
    path: Path, details: Details | None = None, selection: Selection | None = None, look: Look | None = None
) -> str:
    capture = read(path)
    return "".join(fields(capture, selection or Selection(), details or Details(), look or Look()))


def test_the_association_request_of_an_echo_stays_as_it_is() -> None:
    capture = read(Path("echo.pcap"), readings=READINGS)
    pieces = fields(capture, Selection(frame=4), Details(hex=True), Look())
    same("show-echo-request.txt", "".join(pieces))


def test_the_whole_print_association_stays_as_it_is(tmp_path: Path) -> None:
    capture = read(Path("print.pcap"), readings=READINGS)
    same("show-print.txt", "".join(fields(capture, Selection(), Details(hash=True), Look())))


def test_an_association_is_told_in_the_order_of_its_bytes(stored: Path) -> None:
    titles = [line for line in shown(stored).splitlines() if line.startswith("frame ")]
    assert [title.split("  ")[2:4] for title in titles] == [
        ["SCU → SCP", "A-ASSOCIATE-RQ"],
        ["SCP → SCU", "A-ASSOCIATE-AC"],
        ["SCU → SCP", "message 1, C-STORE-RQ"],
        ["SCP → SCU", "message 2, C-STORE-RSP"],
        ["SCU → SCP", "A-RELEASE-RQ"],
        ["SCP → SCU", "A-RELEASE-RP"],
    ]


def test_what_comes_in_the_frame_of_the_acceptance_is_told_after_it(tmp_path: Path) -> None:
    """An acceptor may report storage commitment with its first breath."""
    talk = Talk()
    contexts = [(1, COMMITMENT, [IMPLICIT])]
    talk.requestor.raw(associate_rq("SCU", "SCP", contexts))
    report = command_set(CommandField=0x0100, MessageID=1, AffectedSOPClassUID=COMMITMENT)
    talk.acceptor.raw(associate_ac("SCU", "SCP", [(1, IMPLICIT)]) + p_data(pdv(1, 3, report)))
    talk.close()
    lines = shown(talk.write(tmp_path / "talk.pcap"), Details(pdus=True)).splitlines()
    titles = [line.split("  ")[3] for line in lines if line.startswith("frame ")]
    assert titles == ["A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "message 1, N-EVENT-REPORT-RQ"]


def test_the_negotiation_table_says_what_was_proposed_accepted_and_used(stored: Path) -> None:
    text = shown(stored)
    assert "   1  acceptance " in text
    assert "Implicit VR Little Endian         2\n      also proposed: Explicit VR Little Endian\n" in text
    assert "   3  transfer-syntaxes-not-supported (provider rejection)  CT Image Storage" in text
    assert "unused\n      proposed: Explicit VR Little Endian\n" in text


def test_a_reference_stands_where_it_differs_from_the_one_above(stored: Path) -> None:
    lines = shown(stored, selection=Selection(message=1)).splitlines()
    assert any(line.endswith("C-STORE-RQ  [PS3.7 9.1]") for line in lines)
    assert "  Command set" in lines
    assert any(
        line.startswith("    (0000,0002) Affected SOP Class UID") and line.endswith("1.2  [PS3.7 E.1]")
        for line in lines
    )


def test_the_parts_of_an_element_are_shown_beside_their_bytes_only(stored: Path) -> None:
    assert "Group" not in shown(stored, selection=Selection(message=1))
    assert "      Group" in shown(stored, Details(hex=True), Selection(message=1))


def test_bytes_stand_beside_fields_with_their_place_in_the_direction(stored: Path) -> None:
    capture = read(stored)
    message = capture.associations[0].messages[0]
    text = shown(stored, Details(hex=True), Selection(message=1))
    start = message.command_runs[0]
    assert re.search(rf"(?m)^ {start:08x}  00 00 +\.\. {{14}}Group ", text)
    data = message.data_runs[0]
    assert f" {data:08x}  e0 7f 10 00 40 00 00 00  ....@...  " in text
    # the data set goes on in another PDV: its place leaps over the headers between
    assert f" {message.data_runs[2] + 4:08x}  10 11 12 13 14 15 16 17  ........" in text
    assert "and 40 bytes more" in text


def test_all_bytes_of_a_long_field_are_shown_if_asked_for(stored: Path) -> None:
    text = shown(stored, Details(hex=True, full=True), Selection(message=1))
    assert "38 39 3a 3b 3c 3d 3e 3f  89:;<=>?" in text
    assert "bytes more" not in text


def test_secrets_are_hidden_in_text_and_in_hex(stored: Path) -> None:
    details = Details(hex=True)
    hidden = shown(stored, details, Selection(frame=4))
    assert "swordfish" not in hidden
    assert "01 00 00 00" not in hidden
    assert "•••••• (9 bytes, hidden)" in hidden
    assert "swordfish" in shown(stored, Details(hex=True, secrets=True), Selection(frame=4))


def test_a_field_cannot_send_commands_to_the_terminal(stored: Path) -> None:
    text = shown(stored)
    assert "\x1b" not in text
    assert "\\x1b[31mred" in text


def test_pdus_that_carry_messages_are_shown_if_asked_for(stored: Path) -> None:
    assert "P-DATA-TF" not in shown(stored)
    assert "P-DATA-TF" in shown(stored, Details(pdus=True))


def test_the_hash_of_a_data_set_is_shown_if_asked_for(stored: Path) -> None:
    assert "SHA-256 of the data set" in shown(stored, Details(hash=True))
    assert "SHA-256" not in shown(stored)


def test_notes_say_what_a_field_means_if_asked_for(stored: Path) -> None:
    assert "      The service.\n" in shown(stored, Details(notes=True))
    assert "The service." not in shown(stored)


def test_a_screen_without_unicode_gets_none(stored: Path) -> None:
    assert shown(stored, look=Look(unicode=False)).isascii()


def test_a_fault_in_one_message_costs_that_message_only(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = SmallTrees.message_tree

    def faulty(self: SmallTrees, message: object, *, show_secrets: bool) -> object:
        if getattr(message, "index", 0) == 1:
            raise LookupError("no such field")
        return tree(self, message, show_secrets=show_secrets)  # type: ignore[arg-type]

    monkeypatch.setattr(SmallTrees, "message_tree", faulty)
    text = shown(stored)
    assert "Cannot be shown  LookupError: no such field; please report this" in text
    assert "message 2, C-STORE-RSP" in text
    assert "A-RELEASE-RP" in text


def test_bytes_that_were_not_captured_are_dashes() -> None:
    direction = Pieces(Buffer(b"ABCDEFGH"))
    direction.append(0, 3)
    direction.append(HOLE, 2)
    direction.append(5, 3)
    assert list(hexadecimal.rows(Span(direction, 0, 8))) == [" 00000000  41 42 43 -- -- 46 47 48  ABC  FGH"]


def test_the_place_of_inflated_bytes_is_marked() -> None:
    assert hexadecimal.position(Span(Buffer(b"inflated"), 4, 2)) == "~00000004"


def test_a_value_too_long_for_a_screen_goes_on_in_its_column(stored: Path) -> None:
    look = Look(width=60, shorten=True)
    capture = read(stored, readings=READINGS)
    text = "".join(fields(capture, Selection(message=1), Details(), look))
    fields_shown = text.split("frame ", 1)[1].splitlines()[1:]
    assert all(len(line) <= 60 for line in fields_shown)
    assert any(line.startswith(" " * 28) and line.endswith("Storage)") for line in fields_shown)
