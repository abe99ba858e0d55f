"""Bars of the main screen: title, views, and those between panes, which can be dragged."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.lines import ELLIPSIS, cut

BAR, SHORT_BAR = 24, 10
"""Columns of the progress bar; of a short one."""
HEAD = "pduscope  "
FILTER = "  filter: "
LEAST_FILTER, LEAST_NAME = 24, 8
"""Columns that a filter and a name keep."""


class TitleBar(Widget):
    """What is open, how much of it is read, and the filter in force."""

    name_of_capture: reactive[str] = reactive("")
    counts: reactive[str] = reactive("")
    trouble: reactive[str] = reactive("")
    filter_text: reactive[str] = reactive("")
    work: reactive[str] = reactive("")
    """What goes on behind the screen; empty when nothing does."""
    part: reactive[float | None] = reactive(None)
    """How far reading has come, from 0 to 1; None when it is done."""

    def render(self) -> Content:
        """Where room is short, the folder goes, and then the beginning of the name.

        The findings make way for a filter, of which the end goes.
        """
        width = self.size.width
        right = Content("")
        if self.work:
            right += Content.styled(f"  {self.work}", "$foreground 60%")
        if self.part is not None:
            size = BAR if width >= 100 else SHORT_BAR
            full = round(self.part * size)
            right += Content.styled(f"  {'━' * full}", "$accent")
            right += Content.styled("━" * (size - full), "$surface-lighten-2")
            right += Content(f" {self.part:4.0%}")
        counts = f"  {self.counts}" if self.counts else ""
        trouble = f"  {self.trouble}" if self.trouble else ""
        room = width - len(HEAD) - len(counts) - len(trouble) - right.cell_length
        filter_ = f"{FILTER}{self.filter_text}" if self.filter_text else ""
        name = self.name_of_capture
        if len(name) + len(filter_) > room:
            name = name.rpartition("/")[2]
        if filter_ and min(len(name), LEAST_NAME) + min(len(filter_), LEAST_FILTER) > room:
            room, trouble = room + len(trouble), ""
        filter_ = cut(filter_, max(room - len(name), min(len(filter_), LEAST_FILTER)))
        if len(name) + len(filter_) > room:
            name = f"{ELLIPSIS}{name[-max(room - len(filter_) - 1, LEAST_NAME) :]}"
        content = Content.styled(HEAD, "b $text-accent") + Content.styled(name, "b") + Content(counts)
        content += Content.styled(trouble, "$text-warning")
        if filter_:
            content += Content(FILTER) + Content.styled(filter_[len(FILTER) :], "b $text-accent")
        return content.truncate(max(width - right.cell_length, 0), pad=True) + right


class ViewBar(Widget):
    """The views of the upper pane, each with its key."""

    class Chosen(Message):
        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    current: reactive[str] = reactive("")

    def __init__(self, views: dict[str, str], *, id: str | None = None) -> None:  # noqa: A002
        """`views` maps names to headings."""
        super().__init__(id=id)
        self._views = views
        self.current = next(iter(views))

    def _places(self) -> list[tuple[str, str]]:
        wide = sum(len(heading) + 4 for heading in self._views.values()) <= self.size.width
        return [
            (name, f" {number} {heading}{' ' * wide}")
            for number, (name, heading) in enumerate(self._views.items(), 1)
        ]

    def render(self) -> Content:
        content = Content("")
        for name, text in self._places():
            style = "$block-cursor-foreground on $primary b" if name == self.current else "$foreground 60%"
            content += Content.styled(text, style)
        return content

    def on_click(self, event: events.Click) -> None:
        offset, at = event.get_content_offset(self), 0
        for name, text in self._places():
            if offset is not None and at <= offset.x < at + len(text):
                self.post_message(self.Chosen(name))
            at += len(text)


class Splitter(Widget):
    """A bar between two panes, to be dragged."""

    class Dragged(Message):
        """Somebody drags it to a column and line of the screen."""

        def __init__(self, splitter: Splitter, x: int, y: int) -> None:
            self.splitter, self.x, self.y = splitter, x, y
            super().__init__()

    ALLOW_SELECT = False
    title: reactive[str] = reactive("")
    about: reactive[str] = reactive("")

    def render(self) -> Content:
        width, height = self.size
        if width == 1:
            return Content("\n".join("│" * height))
        title = f" {self.title} " if self.title else ""
        about = f" {self.about} " if self.about else ""
        line = "─" * max(width - len(title) - len(about) - 4, 0)
        content = Content("──") + Content.styled(title, "$text b") + Content(line)
        return (content + Content.styled(about, "$foreground 60%") + Content("──")).truncate(width)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self.add_class("-dragged")

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.has_class("-dragged"):
            self.post_message(self.Dragged(self, event.screen_x, event.screen_y))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self.release_mouse()
        self.remove_class("-dragged")
