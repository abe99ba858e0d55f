"""PickerScreen: which interface to listen on, with what goes through each."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dissect.outputs.words import clean, size
from dissect.wire import sniff
from dissect.wire.sniff import Interface
from tui.choosers import HelpScreen
from tui.help import keys
from tui.keybar import KeyBar

TICK = 1.0
"""Seconds between two looks."""
COUNTERS = Path("/sys/class/net")
"""Where Linux counts what goes through each interface."""


class Passed(NamedTuple):
    """What went through an interface since it is up."""

    packets: int
    bytes: int


def passed(name: str) -> Passed | None:
    """None where the system does not tell at no cost: only Linux does."""
    folder = COUNTERS / name / "statistics"
    try:
        one, two, three, four = (
            int((folder / f"{way}_{what}").read_text())
            for what in ("packets", "bytes")
            for way in ("rx", "tx")
        )
    except (OSError, ValueError):
        return None
    if name == "lo":  # what it sends it receives
        return Passed(one, three)
    return Passed(one + two, three + four)


def best_first(found: Iterable[Interface]) -> list[Interface]:
    """Those that something may come through first, the loopback after them."""
    return sorted(found, key=lambda each: (not each.up, each.loopback, not each.addresses))


class InterfaceList(OptionList):
    HELP_TITLE = "List of interfaces"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "cursor_down", "Down", show=False, tooltip="The interface below"),
        Binding("up,k", "cursor_up", "Up", show=False, tooltip="The interface above"),
        Binding("enter", "select", "Listen", tooltip="Listen on the interface"),
    ]


class PickerScreen(Screen[None]):
    """Lists the interfaces that can be listened on."""

    HELP_TITLE = "Interfaces"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", key_display="?", tooltip="All keys"),
        Binding("q,escape", "app.quit", "Quit", tooltip="Leave at once"),
    ]

    class Picked(Message):
        """Somebody chose an interface; `screen` waits for what comes of it."""

        def __init__(self, screen: PickerScreen, name: str) -> None:
            self.screen, self.name = screen, name
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[Interface] = []
        self._passed: dict[str, Passed | None] = {}
        self._looked = 0.0
        self._waits = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Listen on which interface?"
            yield Static(id="picker-heading")
            yield InterfaceList()
            yield Static(id="picker-says")
        yield KeyBar()

    def on_mount(self) -> None:
        self._look()
        self.query_one(OptionList).focus()
        self.set_interval(TICK, self._look)

    def _look(self) -> None:
        """Interfaces come and go, and what goes through them is told anew."""
        found, now = best_first(sniff.interfaces()), time.monotonic()
        counts = {each.name: passed(each.name) for each in found}
        width = max((len(each.name) for each in found), default=4)
        past = now - self._looked
        lines = [
            _line(each, width, _rate(self._passed.get(each.name), counts[each.name], past)) for each in found
        ]
        options = self.query_one(OptionList)
        if [each.name for each in found] == [each.name for each in self._shown]:
            for number, line in enumerate(lines):
                options.replace_option_prompt_at_index(number, line)
        else:
            names = [each.name for each in self._shown]
            at = options.highlighted
            name = names[at] if at is not None and at < len(names) else ""
            options.clear_options()
            options.add_options([Option(line) for line in lines])
            places = [number for number, each in enumerate(found) if each.name == name]
            options.highlighted = (places or [0])[0] if found else None
        heading = f"  {'name':<{width}}  {'state':<5}  {'packets/s':>9}  {'bytes/s':>9}  addresses"
        self.query_one("#picker-heading", Static).update(Content.styled(heading, "$text-muted"))
        if not found:
            self._say("There is no network interface here.")
        self._shown, self._passed, self._looked = found, counts, now

    def _say(self, text: str) -> None:
        self.query_one("#picker-says", Static).update(Content(text))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        number = event.option_index
        if number >= len(self._shown) or self._waits:
            return
        self._waits = True
        name = self._shown[number].name
        self._say(f"Beginning to listen on {name} …")
        self.post_message(self.Picked(self, name))

    def refuse(self, why: str) -> None:
        """It cannot be listened on; there may be others."""
        self._waits = False
        self._say(why)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(keys([self, self.query_one(InterfaceList), self.app])))


def _rate(before: Passed | None, now: Passed | None, past: float) -> tuple[str, str]:
    """Packets and bytes a second, in words."""
    if before is None or now is None or past <= 0:
        return "", ""
    packets, octets = (max(b - a, 0) / past for a, b in zip(before, now, strict=True))
    return f"{packets:,.0f}", size(round(octets))


def _line(interface: Interface, width: int, rate: tuple[str, str]) -> Content:
    style = "$text-success" if interface.up else "$text-muted"
    about = "  ".join(map(clean, (*interface.addresses, interface.description)))
    line = Content(f" {interface.name:<{width}}  ")
    line += Content.styled(f"{'up' if interface.up else 'down':<5}", style)
    return line + Content(f"  {rate[0]:>9}  {rate[1]:>9}  {about}".rstrip())
