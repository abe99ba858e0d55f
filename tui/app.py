"""The application with a screen. `make_app` makes it, for the command as for the tests."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.markup import escape
from textual.screen import Screen

from dissect.readings import READINGS
from tui.exchanges import ExchangeList
from tui.help import bindings
from tui.loading import one_at_a_time
from tui.main_screen import MainScreen
from tui.reading import FollowedCapture
from tui.settings import Settings, load, save
from tui.threads import Threads

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
DARK, LIGHT = ("#FF5555", "#55FF55"), ("#800000", "#008000")
"""Red and green of 16 colours, on dark and on light."""
PRESENCE = 2.0
"""Seconds between two looks whether the terminal is still there."""


class PduscopeApp(App[None]):
    """One capture on the screen."""

    TITLE = "pduscope"
    HELP_TITLE = "All screens"
    CSS_PATH = "pduscope.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, tooltip="Leave at once", priority=True),
        Binding("ctrl+c", "quit", show=False),
        Binding("ctrl+p", "command_palette", "Commands", show=False, tooltip="All commands by name"),
    ]

    few_colours = False
    """Whether the terminal has 16."""

    def __init__(self, capture: FollowedCapture, settings: Path | None, filter_: str) -> None:
        super().__init__()
        one_at_a_time()
        self.capture = capture
        self.settings: Settings = load(settings)
        self._place = settings
        self._filter = filter_
        self._told = False

    def get_css_variables(self) -> dict[str, str]:
        """Of 16 colours, what Textual writes good and bad news in comes out as one and the same grey."""
        variables = super().get_css_variables()
        if self.few_colours:
            dark = self.current_theme.dark
            variables["text-error"], variables["text-success"] = DARK if dark else LIGHT
        return variables

    def on_mount(self) -> None:
        asyncio.get_running_loop().set_default_executor(Threads())
        if not self.is_headless and self.console.color_system == "standard":
            self.few_colours = True
            self.refresh_css(animate=False)
        if self.settings.theme in self.available_themes:
            self.theme = self.settings.theme
        self.theme_changed_signal.subscribe(self, lambda theme: self._use_theme(theme.name))
        for number in SIGNALS:
            with suppress(NotImplementedError, RuntimeError):  # Windows; not in the main thread
                asyncio.get_running_loop().add_signal_handler(number, self._end, number)
        if not self.is_headless:
            self.set_interval(PRESENCE, self._look_for_terminal)
        self.push_screen(self.first_screen())

    def _look_for_terminal(self) -> None:
        """Leave when the terminal is gone and no SIGHUP told so: Textual would read from it for ever."""
        try:
            os.get_terminal_size(sys.__stdin__.fileno() if sys.__stdin__ else 0)
        except OSError:
            self._end(getattr(signal, "SIGHUP", 1))

    def first_screen(self) -> Screen[None]:
        return MainScreen(self.capture, self.settings, self.remember, self._filter)

    def _end(self, number: int) -> None:
        """Somebody ends the process: the terminal is given back, and what was begun is ended."""
        self.exit(return_code=128 + number)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent):
            self.capture.hold()
        await super().on_event(event)

    def _use_theme(self, name: str) -> None:
        if name != self.settings.theme:
            self.settings.theme = name
            self.remember()

    def remember(self) -> None:
        """Keep the settings; that they cannot be kept is told once."""
        try:
            save(self.settings, self._place)
        except OSError as error:
            if not self._told:
                self._told = True
                self.notify(f"settings are not kept: {error}", severity="warning", markup=False)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Textual's own but its list of keys, which the help is, and whatever the screen has a key for."""
        yield from (each for each in super().get_system_commands(screen) if each.title != "Keys")
        found = {binding.action: binding for binding in bindings(type(screen))}
        if isinstance(screen, MainScreen):
            listed = bindings(ExchangeList)
            found |= {each.action: each for each in listed if each.action.startswith("screen.")}
        for action, binding in found.items():
            if binding.description and not action.startswith("app."):
                told = escape(f"{binding.tooltip or binding.description}  [{self.get_key_display(binding)}]")
                yield SystemCommand(
                    binding.description, told, partial(self.call_later, screen.run_action, action)
                )

    def _fatal_error(self) -> None:
        """One line instead of a traceback, which PDUSCOPE_TRACEBACK=1 brings back."""
        error = sys.exc_info()[1]
        if os.environ.get("PDUSCOPE_TRACEBACK") or error is None:
            super()._fatal_error()
            return
        place = traceback.extract_tb(error.__traceback__)[-1]
        self.panic(
            f"pduscope: {type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno}); "
            "please report it with what PDUSCOPE_TRACEBACK=1 shows"
        )


def make_app(
    paths: Sequence[str | PathLike[str]], *, settings: Path | None = None, filter_: str = ""
) -> PduscopeApp:
    """The application for a capture in one file or several; CaptureError where a file is none.

    `settings` is the file that keeps what is to be remembered; None: the usual one.
    """
    return PduscopeApp(FollowedCapture(paths, readings=READINGS), settings, filter_)
