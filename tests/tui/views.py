"""What the tests of views share."""

from __future__ import annotations

from textual.widget import Widget

import dissect
from dissect.dicom.associations import Association
from tests.outputs.golden import CAPTURES
from tests.tui.stage import line
from tui.views.lines import Lines


def association(name: str, number: int = 1) -> Association:
    return dissect.open(CAPTURES / f"{name}.pcap").associations[number - 1]


def text(view: Widget) -> str:
    """All that a list of lines shows."""
    lines = view if isinstance(view, Lines) else view.query_one(Lines)
    return "\n".join(line(lines, y) for y in range(lines.size.height))
