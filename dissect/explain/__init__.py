"""What bytes and numbers mean, for people who learn the protocol or hold a line of somebody's log.

>>> from dissect.explain import explain_bytes
>>> for row in explain_bytes(bytes.fromhex("05000000000400000000")):
...     print(row.start, row.data.hex(" "), row.name, row.value, row.wrong)
"""

from __future__ import annotations

from dissect.explain.reader import Depth, Explainer, explain_bytes
from dissect.explain.rows import Row
from dissect.explain.terms import Explanation, explain_number

__all__ = ["Depth", "Explainer", "Explanation", "Row", "explain_bytes", "explain_number"]
