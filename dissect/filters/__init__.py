r"""The display filter: one language for the terminal UI and for `list` and `show` (`-Y`).

    dimse.command == "C-STORE-RQ" && status != 0
    calling_ae ~ "^CT" and duration > 2s
    dataset.ReferencedSeriesSequence.SeriesInstanceUID == 1.2.3

It is close to Wireshark's display filters, so that fingers know it. What differs, or is easily forgotten:

- A filter selects exchanges, and associations that have none. What is said of an association is true for
  each of its exchanges: its titles, its end, and the PDUs and findings that lie in no message.
- A field may have several values. `==`, `<`, `contains`, `matches` and `in` are true if any value fits;
  `!=` is true if all differ, as in Wireshark since version 4; `===` asks all to be equal, `!==` any to
  differ.
- A field that is not there satisfies none of them: without a response, `status != 0` is not true and
  `!(status == 0)` is.
- A field on its own, or after `has`, is true if it is there; a flag on its own if it is set.
- `matches` (or `~`) is a regular expression that ignores capitals; all else about text does not. UIDs and
  codes may be written by name, in capitals or not.
- Units: ns us ms s m h (a bare number is in seconds), B kB MB GB KiB MiB GiB.
- In strings `\\`, `\"`, `\n`, `\r`, `\t`, `\0`, `\xHH` and `\uHHHH` are escapes, and any other backslash
  stays; in r"..." every one does.

`grammar` reads the language, `fields` is the table of its fields and `resolution` looks names up in it;
`kinds`, `quantities` and `names` read and compare values, `patterns` matches them, `associations`,
`exchanges`, `parts`, `elements` and `partial` fetch them, `compilation` puts it together, `completion` and
`reference` help people with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.filters.compilation import Everything, build
from dissect.filters.completion import Completion, complete
from dissect.filters.errors import FilterError
from dissect.filters.field import Field
from dissect.filters.fields import FIELDS
from dissect.filters.grammar import parse
from dissect.filters.reference import reference

__all__ = [
    "FIELDS",
    "Completion",
    "Field",
    "Filter",
    "FilterError",
    "check",
    "compile",
    "complete",
    "reference",
]


class Filter:
    """A filter that can be used. Asking it never raises, whatever the traffic is like."""

    def __init__(self, text: str) -> None:
        expression = parse(text)
        self.text = text
        self._condition = Everything() if expression is None else build(expression)

    def __repr__(self) -> str:
        return f"Filter({self.text!r})"

    def select(self, association: Association) -> list[Exchange]:
        """The exchanges of an association that match: much faster than asking for each one."""
        bound = self._condition.bind(association)
        if isinstance(bound, bool):
            return list(association.exchanges) if bound else []
        return [exchange for exchange in association.exchanges if bound(exchange)]

    def pick(self, associations: Iterable[Association]) -> Iterator[tuple[Association, list[Exchange]]]:
        """The associations that there is something of to show, each with its exchanges that match."""
        for association in associations:
            exchanges = self.select(association)
            if exchanges or (not association.exchanges and self.matches_association(association)):
                yield association, exchanges

    def matches(self, exchange: Exchange, association: Association) -> bool:
        """Whether one exchange of an association matches."""
        bound = self._condition.bind(association)
        return bound if isinstance(bound, bool) else bound(exchange)

    def matches_association(self, association: Association) -> bool:
        """Whether one of its exchanges matches, or the association itself if it has none."""
        bound = self._condition.bind(association)
        if isinstance(bound, bool):
            return bound
        return any(map(bound, association.exchanges or (None,)))


def compile(text: str) -> Filter:  # noqa: A001 - filters.compile reads as re.compile does
    """The filter that `text` states; an empty one matches everything. Raises FilterError."""
    return Filter(text)


def check(text: str) -> FilterError | None:
    """What is wrong with a filter; None if nothing is. Cheap enough for every key that is typed."""
    try:
        Filter(text)
    except FilterError as error:
        return error
    return None
