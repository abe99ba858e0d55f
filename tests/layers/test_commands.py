"""Command sets: typed values, the 23 messages, and elements that fit no rule."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.filereader import read_dataset

from dissect.layers import CommandElement, CommandSet, command
from dissect.layers.commands import WITH_DATA_SET
from dissect.layers.dictionary import message_keywords, message_types, status_category, tag_of
from tests.layers.vectors import COMMANDS

ECHO = "1.2.840.10008.1.1"


@pytest.mark.parametrize("name", COMMANDS)
def test_pynetdicoms_command_sets_are_read_and_built_again(name: str) -> None:
    data = COMMANDS[name]
    command_set = CommandSet(data)
    assert command_set.complete
    assert command_set.message
    assert bytes(command_set) == data


# the vector with duplicate values has two where one is legal: bytes for us, a list for pydicom
@pytest.mark.parametrize("name", [name for name in COMMANDS if not name.endswith("with_dup")])
def test_values_read_as_in_pydicom(name: str) -> None:
    theirs = read_dataset(BytesIO(COMMANDS[name]), is_implicit_VR=True, is_little_endian=True)
    for ours in CommandSet(COMMANDS[name]).elements:
        value = theirs[ours.tag].value
        if isinstance(ours.value, list) and not isinstance(value, list):
            value = [value] if isinstance(value, int) else list(value)
        assert ours.value == (b"" if value is None else value)


@pytest.mark.parametrize("message", message_types().values())
def test_each_of_the_23_messages_is_built_and_recognized(message: str) -> None:
    values: dict[str, Any] = {
        "MessageIDBeingRespondedTo" if "RSP" in message or "CANCEL" in message else "MessageID": 7
    }
    command_set = CommandSet(bytes(command(message, **values)))
    assert command_set.complete
    assert command_set.message == message
    assert command_set.mysummary() == f"Command Set {message}"
    tags = [element.tag for element in command_set.elements]
    assert tags == sorted(set(tags))
    assert command_set.get("CommandGroupLength") == len(bytes(command_set)) - 12
    assert (command_set.get("CommandDataSetType") != 0x0101) is (message in WITH_DATA_SET)
    assert (command_set.get("Priority") == 0) is ("Priority" in message_keywords(message))


def test_there_are_23_messages() -> None:
    assert len(message_types()) == 23


def test_an_echo_request_is_built_byte_for_byte() -> None:
    built = command("C-ECHO-RQ", MessageID=7, AffectedSOPClassUID=ECHO)
    assert bytes(built) == COMMANDS["c_echo_rq_cmd"]


def test_elements_given_as_none_are_left_out() -> None:
    built = command("C-ECHO-RQ", CommandGroupLength=None, CommandField=None, MessageID=None)
    assert [element.tag for element in built.elements] == [0x0800]
    assert built.message is None


def test_a_wrong_group_length_given_on_purpose_is_kept() -> None:
    built = CommandSet(bytes(command("C-ECHO-RQ", CommandGroupLength=1)))
    assert built.get("CommandGroupLength") == 1


def test_a_wrong_element_length_given_on_purpose_is_kept() -> None:
    assert bytes(CommandElement(element=0x0110, length=9, value=1)) == bytes.fromhex("0000100109000000 0100")


def test_a_group_length_that_is_not_the_first_element_counts_what_follows_it() -> None:
    built = CommandSet(elements=[CommandElement(element=0x0110, value=1), CommandElement(element=0)])
    assert CommandSet(bytes(built)).get("CommandGroupLength") == 0


def test_whether_a_data_set_follows_can_be_said() -> None:
    pending = command("C-FIND-RSP", data_set=True, Status=0xFF00)
    assert pending.get("CommandDataSetType") == 1
    assert command("C-STORE-RQ", data_set=False).get("CommandDataSetType") == 0x0101


def test_unknown_messages_and_elements_are_refused() -> None:
    with pytest.raises(ValueError, match="C-NOTHING is none of C-ECHO-RQ"):
        command("C-NOTHING")
    with pytest.raises(ValueError, match="PatientName is not an element of a command set"):
        command("C-ECHO-RQ", PatientName="X")


@pytest.mark.parametrize(
    ("keyword", "value", "encoded", "text"),
    [
        ("AffectedSOPClassUID", ECHO, ECHO.encode() + b"\0", rf"{ECHO}\x00 (Verification SOP Class)"),
        ("AffectedSOPInstanceUID", "1.22", b"1.22", "1.22"),
        ("CommandField", 0x8021, b"\x21\x80", "0x8021 (C-MOVE-RSP)"),
        ("CommandField", 0x7777, b"\x77\x77", "0x7777 (no message has this)"),
        ("Priority", 1, b"\1\0", "1 (high)"),
        ("Priority", 9, b"\x09\0", "9"),
        ("CommandDataSetType", 0x0101, b"\1\1", "0x0101 (no data set)"),
        ("CommandDataSetType", 0, b"\0\0", "0x0000 (a data set follows)"),
        ("Status", 0xFF00, b"\0\xff", "0xFF00 (Pending)"),
        ("Status", 0xB000, b"\0\xb0", "0xB000 (Warning)"),
        ("MoveDestination", "DEST1", b"DEST1 ", "DEST1 "),
        ("ErrorComment", "no", b"no", "no"),
        (
            "OffendingElement",
            [0x00100010, 0x7FE00010],
            b"\x10\0\x10\0\xe0\x7f\x10\0",
            "(0010,0010), (7FE0,0010)",
        ),
        ("Copies", "12", b"12", "12"),
        ("Overlays", [1, 2], b"\1\0\2\0", "1, 2"),
        ("CommandLengthToEnd", 70000, b"\x70\x11\1\0", "70000"),
    ],
)
def test_values_are_typed_by_the_vr_of_their_tag(
    keyword: str, value: object, encoded: bytes, text: str
) -> None:
    element = CommandElement(element=tag_of(keyword), value=value)
    assert element.getfieldval("value") == encoded
    read = CommandElement(bytes(element))
    assert read.value == value
    assert read.text("value") == text


@pytest.mark.parametrize(
    ("group", "element", "value"),
    [
        (0x0000, 0x0110, b"\1"),  # US of one byte
        (0x0000, 0x0110, b"\1\0\2\0"),  # two values of a VM of 1
        (0x0000, 0x0110, b""),
        (0x0000, 0x0901, b"\1\2\3"),  # AT of three bytes
        (0x0000, 0x0902, b"\xff\xfe"),  # not in the default character repertoire
        (0x0000, 0x9999, b"\1\2"),  # no such element
        (0x0008, 0x0018, b"1.2"),  # not of group 0000
    ],
)
def test_a_value_that_fits_no_rule_is_kept_as_bytes(group: int, element: int, value: bytes) -> None:
    read = CommandElement(bytes(CommandElement(group=group, element=element, value=value)))
    assert read.value == value
    assert read.text("value") == (value.hex(" ") or "(empty)")


def test_a_number_for_an_unknown_element_is_refused() -> None:
    with pytest.raises(ValueError, match="give its value as bytes"):
        CommandElement(element=0x9999, value=1)


def test_an_element_longer_than_the_command_set_is_marked() -> None:
    command_set = CommandSet(bytes.fromhex("00000001 ffffffff 3000"))
    (element,) = command_set.elements
    assert element.lacking == 0xFFFFFFFF - 2
    assert not command_set.complete
    assert command_set.message == "C-ECHO-RQ"


def test_status_categories_are_those_of_annex_c() -> None:
    assert [status_category(code) for code in (0, 0xFF01, 0xFE00, 0x0107, 0xA700)] == [
        "Success",
        "Pending",
        "Cancel",
        "Warning",
        "Failure",
    ]


keywords = st.sampled_from(sorted({k for name in message_types().values() for k in message_keywords(name)}))


@given(st.sampled_from(sorted(message_types().values())), st.dictionaries(keywords, st.binary(max_size=9)))
def test_any_command_set_that_can_be_built_is_read_the_same(message: str, values: dict[str, Any]) -> None:
    built = bytes(command(message, **values))
    read = CommandSet(built)
    assert bytes(read) == built
    for keyword, value in values.items():
        element = next(element for element in read.elements if element.tag == tag_of(keyword))
        assert element.getfieldval("value") == value
