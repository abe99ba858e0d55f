"""A tiny app that holds one widget, and what the widget said while keys were pressed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

M = TypeVar("M", bound=Message)
Act = Callable[[Pilot[None]], Awaitable[None]]


class Stage(App[None]):
    """Holds one widget in focus; clipboard text stays in `clipboard`."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.said: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_mount(self) -> None:
        self.widget.focus()

    def messages(self, kind: type[M]) -> list[M]:
        """What of one kind was posted; the hook sees a message again wherever it bubbles to."""
        once = {id(message): message for message in self.said if isinstance(message, kind)}
        return list(once.values())

    def play(self, act: Act, *, size: tuple[int, int] = (80, 24)) -> None:
        """Run `act`, whatever the app is asked meanwhile going through its message queue."""

        async def run() -> None:
            async with self.run_test(size=size, message_hook=self.said.append) as pilot:
                await pilot.pause()
                await act(pilot)

        asyncio.run(run())


def line(widget: Any, y: int) -> str:
    """The text of a line as the widget draws it."""
    text: str = widget.render_line(y).text
    return text.rstrip()
