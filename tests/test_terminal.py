from __future__ import annotations

import io
import sys

import pytest

from dissect import terminal


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock to turn by hand."""
    moment = [100.0]
    monkeypatch.setattr("dissect.terminal.time.monotonic", lambda: moment[0])
    monkeypatch.setenv("COLUMNS", "60")
    return moment


def test_progress_is_told_to_those_who_wait_and_then_wiped_away(
    now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    line = terminal.ProgressLine("big.pcap")
    line.update(10, 100)
    assert screen.getvalue() == ""
    now[0] += 0.6
    line.update(50, 100)
    assert screen.getvalue() == "\rreading big.pcap [############            ]  50%\x1b[K"
    now[0] += 0.05
    line.update(60, 100)
    line.clear()
    assert screen.getvalue().endswith("50%\x1b[K\r\x1b[K")


def test_progress_of_a_long_name_keeps_to_one_line(now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    line = terminal.ProgressLine("/a/very/long/path/" * 9 + "end.pcap")
    now[0] += 1
    line.update(1, 2)
    shown = screen.getvalue().removeprefix("\r").removesuffix("\x1b[K")
    assert len(shown) < 60
    assert "end.pcap [" in shown


def test_progress_says_nothing_into_a_pipe(now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    line = terminal.ProgressLine("big.pcap")
    now[0] += 9
    line.update(1, 2)
    line.clear()
    assert pipe.getvalue() == ""


def test_a_complaint_is_one_line_whatever_it_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.complain("a\nb\x1b[31m.pcap: no")
    assert capsys.readouterr().err == "pduscope: a\\nb\\x1b[31m.pcap: no\n"
