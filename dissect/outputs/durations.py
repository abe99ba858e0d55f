"""The times of each exchange of an association, as a table.

frame command         message  sent       network  application  answered   think  lost to
   16 N-CREATE 2        47.6ms    17µs        401µs    43.6ms    317µs   delayed ACK 91.2ms
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dissect.outputs import words
from dissect.outputs.statistics import lost_to
from dissect.outputs.words import Look, clean, span_of_time
from dissect.statistics.phases import LONG, Phases, Timed

NEAR = 0.2
"""Up to this part of the whole round trip to a peer, a capture was made beside it."""
TITLES = (
    f"{'frame':>7}  {'exchange':<14}{'request':>9}{'network':>9}{'applic.':>9}{'response':>9}{'think':>9}"
)


def durations(timed: Timed, chosen: Iterable[Phases], look: Look) -> Iterator[str]:
    """A head line, and a line for each exchange."""
    association = timed.association
    titles = f" {look.right} ".join(
        clean(each or "?") for each in (association.calling_ae, association.called_ae)
    )
    number = look.paint(f"#{association.index}", "dim")
    yield f"{number} {look.paint(titles, 'bold')}  {_place(timed, look)}\n"
    yield look.paint(TITLES + "  lost to\n", "dim")
    for phases in chosen:
        exchange = phases.exchange
        subject = words.subject(exchange)
        number = "" if subject.message_id is None else f" {subject.message_id}"
        times = (phases.request, phases.network, phases.application, phases.response, phases.think)
        cells = "".join(f"{_time(each, look):>9}" for each in times)
        lost = look.paint(lost_to(phases.stalls, look), "yellow")
        yield f"{exchange.first.frame:>7}  {subject.command + number:<14}{cells}  {lost}".rstrip() + "\n"


def _time(took: int | None, look: Look) -> str:
    return "" if took is None else span_of_time(took, look.micro)


def _place(timed: Timed, look: Look) -> str:
    """Where the capture was made, by the round trips to both sides: what its times mean depends on that."""
    requestor = timed.association.requestor_side
    there, back = timed.round_trip(requestor), timed.round_trip(1 - requestor)
    if there is None or back is None:
        return "round trip unknown"
    whole = there + back
    told = f"round trip {_time(whole, look)}"
    if whole < LONG // 10:
        return told
    if back <= whole * NEAR:
        return f"{told}, captured beside the requestor"
    if there <= whole * NEAR:
        return f"{told}, captured beside the acceptor: its requests show the network as thinking"
    return f"{told}, captured between: {_time(there, look)} of it to the acceptor"
