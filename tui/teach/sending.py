"""What the requestor said, as it was edited, sent to a peer: each PDU in its turn, and what comes back.

Nothing is sent before somebody types an address and presses Enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from dissect.dicom.tables import COMMANDS
from dissect.layers import Pdu
from dissect.outputs.words import clean, plural
from dissect.peer.connection import PeerError, connect, parse_address
from dissect.peer.dialogue import Dialogue, Spoken
from dissect.peer.messages import Follower
from dissect.wire.hextext import REQUESTOR

TIMEOUT = 5.0
"""Seconds that each answer may take."""


class SendScreen(ModalScreen[str | None]):
    """Asks where to, sends, and shows both sides as they speak; the result is the address."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back to the bytes"),
    ]
    DEFAULT_CSS = """
    SendScreen {
        align: center middle;
        & > .box {
            width: 76;
            max-width: 96%;
            height: auto;
            max-height: 90%;
            background: $surface;
            border: round $accent;
            border-title-color: $text-accent;
            padding: 0 1;
        }
        & Input { height: 1; margin: 1 0; background: $boost; }
        & VerticalScroll { height: auto; max-height: 14; }
    }
    """

    def __init__(self, pdus: Sequence[bytes], address: str = "") -> None:
        super().__init__()
        self._pdus = pdus
        self._address = address
        self._log = Content("")
        self.busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Send to a test server"
            box.border_subtitle = "Enter: send · Escape: back"
            yield Static(
                f"All that the requestor says here, {plural(len(self._pdus), 'PDU')} as they are now, "
                "goes to this address. Never use a server that others rely on."
            )
            yield Input(
                self._address, placeholder="HOST:PORT, such as 127.0.0.1:11112", id="send-to", compact=True
            )
            with VerticalScroll(can_focus=False):
                yield Static(id="send-log")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if not self.busy:
            self.busy = True
            self._address = event.value
            self._log = Content("")
            self.run_worker(partial(self._send, event.value), thread=True, exit_on_error=False)

    def _send(self, where: str) -> None:
        """In a thread: sockets wait."""
        say = partial(self.app.call_from_thread, self._say)
        sent = Follower(), Follower()
        try:
            with connect(parse_address(where), timeout=TIMEOUT) as connection:
                for spoken in Dialogue(connection, TIMEOUT).play(self._pdus):
                    say(_line(spoken, sent[spoken.direction != REQUESTOR]))
            say(Content.styled("That was all.", "$text-success"))
        except PeerError as error:
            say(Content.styled(clean(str(error)), "b $text-error"))
        finally:
            self.busy = False

    def _say(self, line: Content) -> None:
        if self.is_mounted:
            self._log = self._log + line + Content("\n")
            self.query_one("#send-log", Static).update(self._log)
            log = self.query_one(VerticalScroll)
            self.call_after_refresh(log.scroll_end, animate=False)

    def action_close(self) -> None:
        self.dismiss(self._address)


def _line(spoken: Spoken, follower: Follower) -> Content:
    """A PDU in one line, with an arrow from who sent it."""
    ours = spoken.direction == REQUESTOR
    named = [COMMANDS.get(command.field or 0, "message") for command in follower.ended(spoken.octets)]
    layer = Pdu(spoken.octets)
    text = " ".join([*named, clean(layer.mysummary())])
    return Content.styled("→ " if ours else "← ", "b $text-accent") + Content(text)
