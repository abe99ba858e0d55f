"""Words and marks that every text output shares: times, sizes, statuses, outcomes, colours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from dissect.dicom import tables
from dissect.dicom.associations import Association
from dissect.dicom.commands import C_CANCEL_RQ, COMPLETED, FAILED, REMAINING, WARNING, CommandSet
from dissect.dicom.exchanges import Exchange
from dissect.findings import Finding, Severity
from dissect.wire.streams import Endpoint

SECOND = 1_000_000_000
SUB_OPERATIONS = {COMPLETED: "completed", FAILED: "failed", WARNING: "warning", REMAINING: "remaining"}
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
CATEGORY_COLOURS = {
    "Success": "green",
    "Pending": "cyan",
    "Cancel": "yellow",
    "Warning": "yellow",
    "Failure": "red",
    "Unknown": "red",
}
OUTCOME_COLOURS = {
    "released": "green",
    "aborted": "red",
    "rejected": "red",
    "closed": "red",
    "open": "yellow",
}
SEVERITY_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_PAINT = re.compile(r"\x1b\[\d*m")


@dataclass(frozen=True)
class Look:
    """What the place that text goes to can do."""

    colour: bool = False
    unicode: bool = True
    width: int = 100
    """Columns that lines should fit in."""
    shorten: bool = False
    """Whether names may be cut to fit: on a screen, but never on the way to a file."""

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.colour and colour and text else text

    @property
    def right(self) -> str:
        return "→" if self.unicode else "->"

    @property
    def left(self) -> str:
        return "←" if self.unicode else "<-"

    @property
    def micro(self) -> str:
        return "µs" if self.unicode else "us"

    @property
    def ellipsis(self) -> str:
        return "…" if self.unicode else "..."

    def cut(self, text: str, width: int) -> str:
        """`text` in at most `width` columns."""
        return text if len(text) <= width else text[: max(width - len(self.ellipsis), 0)] + self.ellipsis


def visible(text: str) -> int:
    """Columns that painted text takes."""
    return len(_PAINT.sub("", text))


def clean(text: str) -> str:
    """Text of a peer without control characters, which a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )


def as_ascii(xml: str) -> str:
    """XML that says the same in whatever encoding it is written; of text that is `clean`."""
    return xml.encode("ascii", "xmlcharrefreplace").decode()


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def span_of_time(nanoseconds: int, micro: str = "µs") -> str:
    """A duration in three digits: 812µs, 44.0ms, 1.23s, 2m03s."""
    if nanoseconds < 0:
        return "-" + span_of_time(-nanoseconds, micro)
    if nanoseconds < 999_500:
        return f"{(nanoseconds + 500) // 1000}{micro}"
    if nanoseconds < 999_500_000:
        milliseconds = nanoseconds / 1e6
        digits = 2 if milliseconds < 9.995 else 1 if milliseconds < 99.95 else 0
        return f"{milliseconds:.{digits}f}ms"
    if nanoseconds < 99_950_000_000:
        seconds = nanoseconds / 1e9
        return f"{seconds:.{2 if seconds < 9.995 else 1}f}s"
    seconds = (nanoseconds + SECOND // 2) // SECOND
    if seconds < 3600:
        return f"{seconds // 60}m{seconds % 60:02d}s"
    return f"{seconds // 3600}h{seconds % 3600 // 60:02d}m"


def size(count: int) -> str:
    """Bytes in three digits: 28 B, 8.32 kB, 1.40 MB."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5 or unit == "GB":
            break
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"


@lru_cache(maxsize=1024)
def status_words(code: int, sop_class: str | None, command: str) -> tuple[str, str]:
    """A status for people, and its category: "Success", "0xB000 Coercion of Data Elements"."""
    found = tables.status(code, sop_class, command)
    if code in (0x0000, 0xFF00):
        return found.text, found.category
    return f"0x{code:04X} {found.text or found.category}", found.category


def exchange_status(exchange: Exchange, sop_class: str | None) -> tuple[str, str]:
    """How an exchange ended so far, and the category of that."""
    if exchange.responses:
        last = exchange.responses[-1]
        status = last.status
        if status == 0:
            return "Success", "Success"
        if status is not None:
            return status_words(status, sop_class, last.command or "")
        return "no status", "Unknown"
    if exchange.first.is_cancel:
        return "cancels what was not captured", "Unknown"
    return "no response", "Unknown"


def sub_operations(exchange: Exchange) -> dict[int, int]:
    """Counts of C-GET and C-MOVE sub-operations by element, from the latest response that has any."""
    for message in reversed(exchange.responses[-2:]):
        numbers = message.command_set.numbers if message.command_set else {}
        if not numbers.keys().isdisjoint(SUB_OPERATIONS):
            return {element: numbers[element] for element in SUB_OPERATIONS if element in numbers}
    return {}


class Subject(NamedTuple):
    """What an exchange is about."""

    command: str
    """The operation: C-STORE, or the whole name of the message where its request was not captured."""
    message_id: int | None
    sop_class: str | None
    sop_class_name: str


@lru_cache(maxsize=4096)
def _subject(command: CommandSet) -> Subject:
    """Equal command sets are one object, and health checks send the same one again and again."""
    field, sop_class = command.field, command.sop_class
    name = "?" if field is None else tables.COMMANDS.get(field, f"command {field:04X}H")
    number = command.message_id
    if field == C_CANCEL_RQ or command.is_response:
        number = command.responded_id
    else:
        name = name.removesuffix("-RQ")
    return Subject(name, number, sop_class, clean(tables.sop_class_name(sop_class)) if sop_class else "")


def subject(exchange: Exchange) -> Subject:
    """What its first message says it is about; a response helps out with the SOP class."""
    command = exchange.first.command_set
    found = Subject("?", None, None, "") if command is None else _subject(command)
    if found.sop_class is None:
        sop_class = exchange.sop_class
        if sop_class is not None:
            return found._replace(sop_class=sop_class, sop_class_name=clean(tables.sop_class_name(sop_class)))
    return found


@lru_cache(maxsize=4096)
def says_success_only(response: CommandSet) -> bool:
    """Whether a response has nothing to tell but that all went well."""
    return response.status == 0 and SUB_OPERATIONS.keys().isdisjoint(response.numbers)


def damage(exchange: Exchange) -> str:
    """Which messages of an exchange are not whole, and why."""
    broken = [message for message in exchange.responses if message.damage]
    if exchange.request is not None and exchange.request.damage:
        broken.insert(0, exchange.request)
    if not broken:
        return ""
    what = "request" if broken[0] is exchange.request else "response"
    more = f" (and {len(broken) - 1:,} more)" if len(broken) > 1 else ""
    return f"{what} incomplete: {broken[0].damage}{more}"


def data_size(exchange: Exchange) -> int:
    """Bytes of all data sets of an exchange."""
    total = 0
    for message in (exchange.request, *exchange.responses):
        if message is not None and message.data_runs:
            runs = message.data_runs
            total += runs[1] if len(runs) == 2 else sum(runs[1::2])
    return total


def outcome_words(association: Association, outcome: str) -> str:
    """How an association ended, with reasons and who gave them."""
    if outcome == "released":
        return outcome
    if association.rejection:
        result, source, reason = association.rejection
        why = tables.REJECT_REASONS.get(source, {}).get(reason, f"reserved reason {reason}")
        how = tables.REJECT_RESULTS.get(result, f"reserved result {result}").removeprefix("rejected-")
        return f"rejected: {why} ({how}, {_user_or_provider(tables.REJECT_SOURCES, source)})"
    if association.abort:
        side, source, reason = association.abort
        by = _user_or_provider(tables.ABORT_SOURCES, source)
        if source:  # a service-user gives no reason
            by += f": {tables.ABORT_REASONS.get(reason, f'reserved reason {reason}')}"
        return f"aborted by the {association.side_name(side)} ({by})"
    if association.superseded:
        return "another association began on its connection"
    return _tcp_end(association) if outcome == "closed" else "open when the capture ends"


def _user_or_provider(sources: dict[int, str], source: int) -> str:
    name = sources.get(source, f"reserved source {source}").removeprefix("DICOM UL ")
    return name.replace(" (", ", ").rstrip(")")


def _tcp_end(association: Association) -> str:
    if association.stream.reset is not None:
        return f"TCP reset by {association.side_name(association.stream.reset)}"
    return "TCP closed without release"


def contexts_words(association: Association) -> str:
    """Presentation contexts accepted of those proposed."""
    if association.request and association.accept:
        accepted = sum(context.result == 0 for context in association.accept.contexts)
        return f"{accepted}/{len(association.request.contexts)} contexts"
    if association.request:
        return plural(len(association.request.contexts), "context")
    if association.accept:
        return f"{sum(context.result == 0 for context in association.accept.contexts)}/? contexts"
    return "negotiation not captured"


def finding_counts(findings: Sequence[Finding]) -> list[tuple[str, Severity]]:
    """Such as "1 error", "2 warnings", each with its severity."""
    if not findings:
        return []
    counts: Counter[Severity] = Counter(finding.severity for finding in findings)
    return [
        (f"{counts[severity]} info" if severity == "info" else plural(counts[severity], severity), severity)
        for severity in SEVERITIES
        if counts[severity]
    ]


@lru_cache(maxsize=4096)
def address(number: int) -> str:
    """An IP address; the same few come again and again, and writing one takes 2 µs."""
    return Endpoint(number, 0).address


@lru_cache(maxsize=4096)
def _host(number: int) -> str:
    return f"[{address(number)}]" if ":" in address(number) else address(number)


def endpoint(association: Association, side: int) -> str:
    """Address and port of one side."""
    number, port = association.stream.ends[side]
    return f"{_host(number)}:{port}"
