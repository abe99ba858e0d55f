from __future__ import annotations

from pathlib import Path

import pytest

import dissect
from dissect.capture import Capture
from dissect.search import Entry, Pattern, entries, exchange_of, find_exchange, find_frame
from tests.craft import CT, IMPLICIT, VERIFICATION, Talk, implicit
from tests.craft.segments import write

CAPTURES = Path(__file__).parents[2] / "captures"


@pytest.fixture
def capture(tmp_path: Path) -> Capture:
    """Two associations, one after the other: an echo and a store that fails; a second store that does not."""
    first = Talk(calling="ALPHA", called="OMEGA")
    first.associate([(1, VERIFICATION, [IMPLICIT])])
    first.echo(message_id=77)
    first.release()
    second = Talk(calling="BETA", called="GAMMA", requestor_port=50001, start=first.time + 10**9)
    second.associate([(1, CT, [IMPLICIT])])
    second.store_request(1, 5)
    second.requestor.data(1, implicit(0x00100010, b"DOE^JANE"))
    second.store_response(1, 5, 0xA700, ErrorComment="no room left")
    second.store(1, 6, implicit(0x00100010, b"ROE^RICK"))
    second.release()
    segments = [segment for talk in (first, second) for segment in talk.segments(acks=True)]
    return dissect.open(write(tmp_path / "a.pcap", segments))


def found(capture: Capture, text: str, forward: bool = True) -> list[int]:
    """The numbers of all lines that are found, one after the other."""
    lines, pattern = entries(capture.associations), Pattern.parse(text)
    numbers: list[int] = []
    number = find_exchange(lines, pattern, None, forward)
    while number is not None:
        numbers.append(number)
        number = find_exchange(lines, pattern, number, forward)
    return numbers


def test_entries_are_associations_with_their_exchanges_below(capture: Capture) -> None:
    first, second = capture.associations
    assert entries(capture.associations) == [
        Entry(first),
        Entry(first, first.exchanges[0]),
        Entry(second),
        Entry(second, second.exchanges[0]),
        Entry(second, second.exchanges[1]),
    ]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("alpha", [0]),
        ("Gamma", [2]),
        ("/^#2 /", [2]),
        ("10.0.0.1", [0, 2]),
        ("c-echo", [1]),
        ("c-", [1, 3, 4]),
        ("CT Image", [3, 4]),
        (CT, [3, 4]),
        ("1.2.3.6", [4]),
        ("/ 77 /", [1]),
        ("Out of resources", [3]),
        ("A700", [3]),
        ("no room", [3]),
        ("released", [0, 2]),
        (b"ROE^RICK".hex(" "), [4]),
        ("nobody", []),
    ],
)
def test_lines_are_found_by_what_they_show(capture: Capture, text: str, numbers: list[int]) -> None:
    assert found(capture, text) == numbers
    assert found(capture, text, forward=False) == numbers[::-1]


def test_titles_stand_in_the_lines_of_exchanges_where_there_are_no_others(capture: Capture) -> None:
    lines = [entry for entry in entries(capture.associations) if entry.exchange is not None]
    assert find_exchange(lines, Pattern.parse("gamma")) is None
    assert find_exchange(lines, Pattern.parse("gamma"), titles=True) == 1


def test_a_frame_leads_to_the_message_it_holds_bytes_of(capture: Capture) -> None:
    for association in capture.associations:
        for message in association.messages:
            for record in (message.first_record, message.record):
                assert find_frame(capture.associations, record + 1) == (association, message)


def test_a_frame_between_messages_leads_to_the_one_before(capture: Capture) -> None:
    _, second = capture.associations
    acknowledged = second.messages[-1].record + 1
    assert find_frame(capture.associations, acknowledged + 1) == (second, second.messages[-1])
    assert find_frame(capture.associations, second.first_record + 1) == (second, None)


def test_a_frame_of_no_association_leads_nowhere(capture: Capture) -> None:
    assert find_frame(capture.associations, 1) is None
    assert find_frame(capture.associations, 10**9) is None


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*.pcap")), ids=lambda path: path.name)
def test_each_message_knows_its_exchange(path: Path) -> None:
    for association in dissect.open(path).associations:
        for message in association.messages:
            exchange = exchange_of(message)
            assert exchange is not None
            assert message in (exchange.request, exchange.cancel, *exchange.responses)
