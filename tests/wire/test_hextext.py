from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dissect.wire.hextext import HexTextError, joined, parse

RELEASE = bytes.fromhex("05000000000400000000")
LONG = bytes(range(256)) + b"AB CD  41 42 | > # ; //" + bytes(40) + b"tail"


def read(text: str) -> bytes:
    return b"".join(data for _, data in joined(parse(text)))


def printable(data: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)


def rows(data: bytes) -> list[tuple[int, bytes]]:
    return [(at, data[at : at + 16]) for at in range(0, len(data), 16)]


def hexdump(data: bytes) -> str:
    lines = []
    for at, row in rows(data):
        halves = f"{row[:8].hex(' ')}  {row[8:].hex(' ')}"
        lines.append(f"{at:08x}  {halves:<48}  |{printable(row)}|")
    return "\n".join([*lines, f"{len(data):08x}", ""])


def xxd(data: bytes) -> str:
    return "".join(f"{at:08x}: {row.hex(' ', -2):<39}  {printable(row)}\n" for at, row in rows(data))


def xxd_bytes(data: bytes) -> str:
    return "".join(f"{at:08x}: {row.hex(' '):<47}  {printable(row)}\n" for at, row in rows(data))


def od(data: bytes) -> str:
    return "".join(f"{at:07o} {row.hex(' ')}\n" for at, row in rows(data)) + f"{len(data):07o}\n"


def od_text(data: bytes) -> str:
    lines = [f"{at:06x} {row.hex(' '):<47}  >{printable(row)}<\n" for at, row in rows(data)]
    return "".join(lines) + f"{len(data):06x}\n"


def wireshark_dump(data: bytes) -> str:
    return "".join(f"{at:04x}   {row.hex(' '):<47}   {printable(row)}\n" for at, row in rows(data))


def with_tabs(data: bytes) -> str:
    return "".join(f"{at:04x}\t{row.hex(' ')}\n".replace(" ", "\t") for at, row in rows(data))


def format_hex(data: bytes) -> str:
    """As PowerShell's Format-Hex does it; HxD writes "Offset(h)" in front of the columns."""
    head = f"           {bytes(range(16)).hex(' ').upper()}\n\n"
    return head + "".join(
        f"{at:08X}   {row.hex(' ').upper():<47}  {printable(row)}\n" for at, row in rows(data)
    )


def wireshark_string(data: bytes) -> str:
    lines = ['"' + "".join(f"\\x{byte:02x}" for byte in row) + '"' for _, row in rows(data)]
    return " \\\n".join(lines)


def tcpdump(data: bytes) -> str:
    return "".join(f"\t0x{at:04x}:  {row.hex(' ', -2):<39}  {printable(row)}\n" for at, row in rows(data))


def c_array(data: bytes) -> str:
    values = ",\n  ".join(", ".join(f"0x{byte:02x}" for byte in row) for _, row in rows(data))
    return f"unsigned char pdu[] = {{\n  {values}\n}};\nunsigned int pdu_len = {len(data)};\n"


def dcmtk_log(data: bytes) -> str:
    body = "\n".join("D:   " + row.hex(" ").replace(" ", "  ") for _, row in rows(data))
    head = "T: Read PDU HEAD TCP: 02 00 00 00 00 b8\nD: PDU Type: Associate Accept, PDU Length: 184\n"
    return f"D: $dcmtk: echoscu v3.6.7 2022-04-22 $\n{head}{body}\nD: Parsing an A-ASSOCIATE PDU\n"


def pynetdicom_log(data: bytes) -> str:
    lines = [f"D:  {data[at : at + 25].hex(' ')}" for at in range(0, len(data), 25)]
    title = "D: =========================== DEBUG - ENCODED PDU ============================"
    return "\n".join(["I: Requesting Association", title, *lines, "D: " + "=" * 70, ""])


def python_log(data: bytes) -> str:
    return "".join(f"DEBUG:pynetdicom.events: {row.hex(' ')}\n" for _, row in rows(data))


def python_bytes(data: bytes) -> str:
    return f"rq = {data!r}"


def commented(data: bytes) -> str:
    return "\n".join(f"{row.hex(' ')}  # bytes from {at}, not 00 01" for at, row in rows(data))


FORMATS: list[Callable[[bytes], str]] = [
    bytes.hex, lambda data: data.hex(" "), lambda data: data.hex(":"), lambda data: data.hex(",").upper(),
    lambda data: " ".join(f"0x{byte:02X}" for byte in data),
    lambda data: " ".join(f"{byte:02X}H" for byte in data),
    lambda data: "".join(f"\\x{byte:02x}" for byte in data), lambda data: f"bytes.fromhex('{data.hex()}')",
    hexdump, xxd, xxd_bytes, od, od_text, wireshark_dump, with_tabs, format_hex, wireshark_string, tcpdump,
    c_array, dcmtk_log, pynetdicom_log, python_log, python_bytes, commented,
]  # fmt: skip


@pytest.mark.parametrize("written", FORMATS)
@pytest.mark.parametrize("data", [RELEASE, LONG], ids=["short", "long"])
def test_every_format_gives_the_bytes_back(written: Callable[[bytes], str], data: bytes) -> None:
    assert read(written(data)) == data


@settings(max_examples=400, deadline=None)
@given(st.binary(min_size=1, max_size=80), st.sampled_from(FORMATS))
@example(b"  ", xxd)
@example(b"AB", xxd)
@example(b"A|", xxd)
@example(b"AB  CD", wireshark_dump)
@example(b"a  >b", xxd_bytes)
@example(b" E: ", xxd)
def test_any_bytes_survive_any_format(data: bytes, written: Callable[[bytes], str]) -> None:
    assert read(written(data)) == data


PIECES = st.sampled_from(
    ["00", "05 ", "0x", "\\x", "*", "\n", "00000010", "0000020 ", ": ", "  ", "|", ">", "<", '"', "'", "#",
     "/*", "*/", "//", ";", "{", "}", "= ", "12:34:56", ".789 ", "D: ", "DEBUG", "peer0_0[",
     "char ", "é", "\\"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=30).map("".join)))
def test_any_text_gives_bytes_or_says_where_it_cannot(text: str) -> None:
    chunks, error = [], None
    try:
        chunks = parse(text)
    except HexTextError as raised:
        error = raised
    assert (error is None) == bool(chunks)
    assert error is None or (1 <= error.line <= text.count("\n") + 1 and error.column >= 1)
    assert all(len(chunk.columns) == len(chunk.data) > 0 for chunk in chunks)


def test_marks_tell_who_sent_and_unmarked_lines_go_on() -> None:
    text = "> 05 00 00 00\n  00 04 00 00 00 00  # A-RELEASE-RQ\n\n< 06 00 00 00 00 04 00 00 00 00\n"
    assert joined(parse(text)) == [(">", RELEASE), ("<", b"\x06" + RELEASE[1:])]


def test_a_mark_may_stand_alone_before_a_dump() -> None:
    text = f">\n{hexdump(RELEASE)}<\n{hexdump(RELEASE)}"
    assert joined(parse(text)) == [(">", RELEASE), ("<", RELEASE)]


def test_each_chunk_knows_its_place() -> None:
    (first, second) = parse("> 05 00\n\n  0xFF,01")
    assert (first.line, first.columns) == (1, (3, 6))
    assert (second.line, second.columns) == (3, (5, 8))


@pytest.mark.parametrize(
    "time", ["12:34:56.789", "2024-05-06T12:34:56Z", "2024-05-06 12:34:56,789", "[12:34:56]"]
)
def test_times_are_passed_over(time: str) -> None:
    assert read(f"{time} 05 00\n{time} > 00 04") == bytes.fromhex("05000004")
    assert read("12:34:56 > 05 00") == b"\x05\0"


def test_what_may_be_a_time_or_bytes_is_asked_about() -> None:
    with pytest.raises(HexTextError, match="line 1, column 1: 12:34:56 may be a time or three bytes"):
        parse("12:34:56 05 00")
    assert read("12:34:56:78") == b"\x12\x34\x56\x78"


def test_repeated_rows_of_a_dump_are_filled_in() -> None:
    text = (
        "00000000  05 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"
        "00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"
        "*\n"
        "00000040  ff                                                |.|\n"
        "00000041\n"
    )
    assert read(text) == b"\5" + bytes(63) + b"\xff"


def test_a_missing_row_of_a_dump_is_named() -> None:
    lines = hexdump(LONG).splitlines()
    with pytest.raises(HexTextError, match="line 2, column 1: expected a row at offset 00000010"):
        parse("\n".join([lines[0], *lines[2:]]))


def test_two_dumps_one_after_the_other() -> None:
    assert read(xxd(LONG) + xxd(RELEASE)) == LONG + RELEASE
    assert read(od(LONG) + od(RELEASE)) == LONG + RELEASE


def test_followed_streams_of_wireshark_tell_the_sides() -> None:
    dump = "00000000  05 00 00 00 00 04 00 00  00 00                     ........ ..\n"
    assert joined(parse(dump + "    " + dump)) == [(">", RELEASE), ("<", RELEASE)]
    arrays = "char peer0_0[] = { /* Packet 4 */\n0x05, 0x00 };\nchar peer1_0[] = { /* Packet 6 */\n0x06 };\n"
    assert joined(parse(arrays)) == [(">", b"\5\0"), ("<", b"\6")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "line 1, column 1: expected bytes in hexadecimal, found none"),
        ("# only words", "line 1, column 1: expected bytes in hexadecimal, found none"),
        ("05 00\n00 0g", "line 2, column 5: expected two hexadecimal digits for each byte, found '0g'"),
        ("05 00 0", "line 1, column 7: expected two hexadecimal digits for each byte, found '0'"),
        ("GET / HTTP", "line 1, column 1: expected two hexadecimal digits for each byte, found 'GET'"),
        ("0x05 0x123", "line 1, column 10: expected two hexadecimal digits for each byte, found '0x123'"),
        ("0000000 0005 0400\n", "expected bytes, found words of 16 bits: use hexdump -C or od -t x1"),
        ("0000000 000005 000400\n", "expected hexadecimal bytes, found octal: use od -t x1"),
        ('"\\x05é"', "line 1, column 6: expected \\\\x and two hexadecimal digits"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(text: str, expected: str) -> None:
    with pytest.raises(HexTextError) as caught:
        parse(text)
    assert expected.replace("\\\\", "\\") in str(caught.value)


def test_comments_of_every_kind() -> None:
    assert read("05 # 01\n00 // 02\n00 ; 03\n00 /* 04\n 05 */ 06") == b"\5\0\0\0\6"


def test_short_strings_and_letters_in_strings() -> None:
    assert read(r'b"\x05\x00ANY\n\\"') == b"\x05\x00ANY\n\\"
    assert read("\"0500\" '00 01'") == b"\5\0\0\1"


def test_columns_that_are_numbered_are_no_bytes_but_only_above_a_dump() -> None:
    columns = bytes(range(16)).hex(" ")
    assert read(f"Offset(h) {columns}\n{od(RELEASE)}") == RELEASE
    assert read(f"{columns}\n{RELEASE.hex(' ')}") == bytes(range(16)) + RELEASE
    assert read(columns) == bytes(range(16))


LONG_LINES: list[Callable[[int], str]] = [
    lambda count: "0a " * count,
    lambda count: "[" + "00:" * count,
    lambda count: '"0a" ' * count,
]


@pytest.mark.parametrize("line", LONG_LINES)
def test_one_long_line_takes_time_in_proportion(line: Callable[[int], str]) -> None:
    def seconds(count: int) -> float:
        text = line(count)
        began = time.process_time()
        assert len(read(text)) == count
        return time.process_time() - began

    few, many = seconds(6_000), seconds(48_000)
    assert many < 24 * few + 0.2  # eight times as much; what looks at the whole line each time takes 64
