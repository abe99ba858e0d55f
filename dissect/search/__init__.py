"""Looking for text, a regular expression or bytes: in exchanges, in trees of fields, in bytes.

    pattern = Pattern.parse("ct.*axial", "regex")
    find_exchange(entries(capture.associations), pattern)
    find_node(message.tree(), pattern)
    find_bytes(message.data_bytes(), pattern)

Capitals do not matter. A search ends at the end: who wants to go on from the other one asks again.
"""

from dissect.search.lists import Entry, entries, exchange_of, find_exchange, find_frame
from dissect.search.octets import find_bytes
from dissect.search.pattern import Kind, Pattern, PatternError
from dissect.search.trees import find_node, holds

__all__ = [
    "Entry",
    "Kind",
    "Pattern",
    "PatternError",
    "entries",
    "exchange_of",
    "find_bytes",
    "find_exchange",
    "find_frame",
    "find_node",
    "holds",
]
