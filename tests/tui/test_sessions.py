"""Sessions: what begins anew under which name, and who may begin at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from dissect.wire import permissions
from dissect.wire.sniff import Interface, SnifferError, Wanted
from tui import sessions
from tui.sessions import Listening, refusal


class FakeSniffer:
    name = "eth0"
    keeps = None
    over = False
    moved = False
    counts = None
    trouble = ""

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> list[Wanted]:
    """All that sniffers were asked for."""
    asked: list[Wanted] = []

    def choose(one: Wanted, kinds: tuple[str, ...]) -> FakeSniffer:
        asked.append(one)
        return FakeSniffer()

    monkeypatch.setattr(sessions, "choose", choose)
    monkeypatch.setattr(
        sessions, "interfaces", lambda: [Interface("down0", (), "", False), Interface("eth0", (), "", True)]
    )
    return asked


def test_what_was_captured_is_not_written_over_by_what_begins_anew(
    wanted: list[Wanted], tmp_path: Path
) -> None:
    first = Listening(Wanted("eth0", path=str(tmp_path / "night.pcapng"), port=104))
    (tmp_path / "night.pcapng").touch()
    (tmp_path / "night-2_00001_20260101.pcapng").touch()  # the ring of an earlier one
    second = first.again()
    (tmp_path / "night-3.pcapng").touch()
    third = second.again()
    assert [Path(each.path or "").name for each in wanted] == [
        "night.pcapng", "night-3.pcapng", "night-4.pcapng",
    ]  # fmt: skip
    assert {each.port for each in wanted} == {104}
    assert third.kept == str(tmp_path / "night-4.pcapng")


def test_a_temporary_spool_begins_anew_as_another_one(wanted: list[Wanted]) -> None:
    Listening(Wanted("eth0")).again()
    assert [each.path for each in wanted] == [None, None]


def test_whether_anybody_may_listen_is_tried_on_an_interface_that_is_up(
    wanted: list[Wanted], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal() == ""
    assert wanted == [Wanted("eth0", promiscuous=False)]

    def denied(one: Wanted, kinds: tuple[str, ...]) -> None:
        raise SnifferError(permissions.advice(one.interface))

    def broken(one: Wanted, kinds: tuple[str, ...]) -> None:
        raise SnifferError("libpcap: eth0 is odd")

    monkeypatch.setattr(sessions, "choose", denied)
    assert refusal().startswith("no permission to listen on eth0")
    monkeypatch.setattr(sessions, "choose", broken)  # others may do
    assert refusal() == ""
    monkeypatch.setattr(sessions, "interfaces", list)
    assert refusal() == "there is no network interface to listen on"
