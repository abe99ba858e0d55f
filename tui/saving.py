"""SaveScreen: what to save, and to which file. It saves, says so, and goes.

choices = [packets(capture, "Association 3", [association], "association-3")]
choices += [view(capture, "The list", text_of(exchanges), "list")]
self.app.push_screen(SaveScreen(choices))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, RadioButton, RadioSet, Static
from textual.worker import Worker, get_current_worker

from dissect.capture import Capture
from dissect.dicom.associations import Association
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message
from dissect.outputs.packets import Report, SaveError, creating, refuse, save
from dissect.outputs.words import plural, size
from dissect.wire.files import CaptureError

EVERY = 4096
"""Lines of text after which it is asked whether to go on."""
BAR = 30
"""Columns of the progress bar."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be saved."""

    label: str
    name: str
    """The name of a file for it."""
    refuse: Callable[[str, bool], None]
    """Raises SaveError where a file is not to be written to; the flag says that it may be there already."""
    write: Callable[[str, bool, Report], str]
    """Saves it to a file, and says what was saved. SaveError and CaptureError say why not."""


def packets(capture: Capture, label: str, associations: Sequence[Association], name: str) -> Choice:
    """All packets of associations, as a capture."""

    def write(path: str, overwrite: bool, report: Report) -> str:
        count = save(capture, associations, path, overwrite=overwrite, report=report)
        return f"{plural(count, 'packet')} of {plural(len(associations), 'association')}"

    return Choice(f"{label}: packets (.pcap)", f"{_stem(capture)}-{name}.pcap", _judge(capture), write)


def view(capture: Capture, label: str, lines: Callable[[], Iterable[str]], name: str) -> Choice:
    """What a pane shows, as text."""

    def write(path: str, overwrite: bool, report: Report) -> str:
        count = 0
        with creating(capture, path, overwrite=overwrite) as out:
            for line in lines():
                if not count % EVERY:
                    report(0)
                out.write(f"{line}\n".encode())
                count += 1
        return plural(count, "line")

    return Choice(f"{label}: text (.txt)", f"{_stem(capture)}-{name}.txt", _judge(capture), write)


def dicom_file(capture: Capture, message: Message, exchange: Exchange) -> Choice | None:
    """The data set of a message as a DICOM file; None where it has none, or none that can be named."""
    from dissect.outputs.objects import exported, write_object  # deferred: pydicom takes 0.25 s

    found = exported(message, exchange) if message.has_data_set else None
    if found is None:
        return None

    def write(path: str, overwrite: bool, report: Report) -> str:
        row = write_object(capture, found, Path(path), overwrite=overwrite)
        return f"a data set of {size(row['length'])}" + ("" if row["complete"] else ", not complete,")

    label = f"The data set of the {message.command or 'message'}: DICOM file (.dcm)"
    return Choice(label, found.name, _judge(capture), write)


def _stem(capture: Capture) -> str:
    return Path(capture.name).name.partition(".")[0] or "capture"


def _judge(capture: Capture) -> Callable[[str, bool], None]:
    return lambda path, overwrite: refuse(capture, path, overwrite=overwrite)


class _StoppedError(Exception):
    """Nobody wants the file any more."""


class SaveScreen(ModalScreen[None]):
    """Ask what to save and where, and save it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", tooltip="Save nothing; stop where saving has begun")
    ]
    DEFAULT_CSS = """
    SaveScreen {
        align: center middle;
        & > .box {
            width: 70;
            max-width: 96%;
            height: auto;
            max-height: 90%;
            background: $surface;
            border: round $accent;
            border-title-color: $text-accent;
            border-subtitle-color: $foreground 60%;
            padding: 0 1;
        }
        & RadioSet { border: none; padding: 0; width: 100%; background: $surface; }
        & Input { border: none; height: 1; padding: 0; margin-top: 1; background: $boost; }
        & #save-says { height: auto; min-height: 1; }
    }
    """

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._choices = choices
        self._named = choices[0].name
        """The name that was suggested last."""
        self._confirmed = ""
        """A file that may be written over."""
        self._worker: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Save"
            box.border_subtitle = "Enter: save · Tab: choose what · Escape: leave"
            yield Input(self._choices[0].name, select_on_focus=False, compact=True)
            yield RadioSet(
                *(RadioButton(Content(each.label), index == 0) for index, each in enumerate(self._choices))
            )
            yield Static(id="save-says")

    @property
    def choice(self) -> Choice:
        """What is chosen."""
        return self._choices[max(self.query_one(RadioSet).pressed_index, 0)]

    def on_radio_set_changed(self) -> None:
        """Suggest another name, unless somebody wrote one."""
        field = self.query_one(Input)
        if field.value in ("", self._named):
            self._named = field.value = self.choice.name
            field.cursor_position = len(field.value)

    def on_input_changed(self) -> None:
        self._say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        path = str(Path(event.value.strip()).expanduser()) if event.value.strip() else ""
        if not path or self._worker is not None:
            self.app.bell()
            return
        overwrite = path == self._confirmed
        try:
            self.choice.refuse(path, overwrite)
        except SaveError as error:
            if not overwrite and self._may_be_written_over(path):
                self._confirmed = path
                self._say("There is such a file already: Enter again to write over it.")
            else:
                self._say(str(error))
            return
        self.query_one(Input).disabled = self.query_one(RadioSet).disabled = True
        work = partial(self._save, self.choice, path, overwrite)
        self._worker = self.run_worker(work, thread=True, group="save", exit_on_error=False)

    def _may_be_written_over(self, path: str) -> bool:
        try:
            self.choice.refuse(path, True)
        except SaveError:
            return False
        return True

    def _save(self, choice: Choice, path: str, overwrite: bool) -> None:
        """In a thread of its own."""
        worker = get_current_worker()

        def report(part: float) -> None:
            if worker.is_cancelled:
                raise _StoppedError
            self.app.call_from_thread(self._progress, part)

        try:
            told = choice.write(path, overwrite, report)
        except _StoppedError:
            return
        except (SaveError, CaptureError) as error:
            self.app.call_from_thread(self._failed, str(error))
        else:
            self.app.call_from_thread(self._done, f"Saved {told} to {path}")

    def _progress(self, part: float) -> None:
        full = round(part * BAR)
        self._say(f"{'━' * full}{' ' * (BAR - full)} {part:4.0%}")

    def _failed(self, why: str) -> None:
        self._worker = None
        self.query_one(Input).disabled = self.query_one(RadioSet).disabled = False
        self.query_one(Input).focus()
        self._say(why)
        self.notify(why, title="Not saved", severity="error", markup=False)

    def _done(self, told: str) -> None:
        self.app.notify(told, markup=False)
        self.dismiss()

    def _say(self, text: str) -> None:
        self.query_one("#save-says", Static).update(Content(text))

    def action_leave(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
        self.dismiss()
