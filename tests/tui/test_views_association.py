"""The views of one association: what they show, by their keys and their messages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

import dissect
from dissect.dicom.framing import Pdu
from dissect.dicom.messages import Message
from dissect.related import related
from tests.outputs.golden import CAPTURES
from tests.tui.stage import Stage, line
from tests.tui.views import association, text
from tui.views.datasets import DataSetsView
from tui.views.findings import FindingsView
from tui.views.ladder import LadderView
from tui.views.lines import Lines
from tui.views.negotiation import NegotiationView
from tui.views.pdus import Merged, PduView
from tui.views.timing import TimingView

# ladder


def test_the_ladder_shows_related_associations_and_leaves_them_out_when_asked() -> None:
    view = LadderView()
    capture = dissect.open(CAPTURES / "move.pcap")
    move = capture.associations[0]

    async def act(pilot: Pilot[None]) -> None:
        view.show(move, related(move, capture))
        await pilot.pause()
        assert "THIRD" in line(view, 0)
        await pilot.press("r")
        assert "THIRD" not in line(view, 0)
        assert view.count() == 7

    Stage(view).play(act)


def test_enter_on_an_arrow_says_which_message_or_pdu_it_is() -> None:
    view = LadderView()
    stage = Stage(view)
    shown = association("print")

    async def act(pilot: Pilot[None]) -> None:
        view.show(shown)
        await pilot.press("enter", "down", "down", "enter")

    stage.play(act)
    said = [said.what for said in stage.messages(LadderView.Selected)]
    pdu = said[0]
    assert isinstance(pdu, Pdu)
    assert pdu.kind == 1
    assert said[-1] is shown.messages[0]
    assert len(stage.messages(Lines.Entered)) == 2


def test_pending_responses_unfold_where_the_cursor_is() -> None:
    view = LadderView()

    async def act(pilot: Pilot[None]) -> None:
        view.show(association("find"))
        assert view.count() == 7
        await pilot.press("down", "down", "down", "space")
        assert view.count() == 206
        assert view.cursor == 3
        await pilot.press("j", "j", "j", "space")
        assert view.cursor == 3

    Stage(view).play(act)


# negotiation


def test_the_negotiation_table_says_why_a_context_was_refused_and_what_is_used() -> None:
    view = NegotiationView()

    async def act(pilot: Pilot[None]) -> None:
        view.show(association("contexts-refused"))
        await pilot.pause()
        shown = text(view)
        assert "PDUs of at most 16,382 bytes" in shown
        assert " 1  accepted " in shown
        assert " 3  refused: abstract syntax  MR Image Storage" in shown
        assert "never" in shown

    Stage(view).play(act)


def test_roles_and_extended_negotiation_are_told() -> None:
    view = NegotiationView()

    async def act(pilot: Pilot[None]) -> None:
        view.show(association("get"))
        view.query_one(Lines).focus()
        await pilot.press("down")
        detail = str(view.query_one("Static").render())
        assert "roles asked for by the requestor: SCP" in detail
        view.show(association("extended"))
        await pilot.pause()
        view.query_one(Lines).cursor = 0
        await pilot.pause()
        assert "asynchronous: 5 invoked, 2 performed" in text(view)
        assert "extended: CT Image Storage  02 00" in text(view)

    Stage(view).play(act)


def test_a_passcode_is_never_shown() -> None:
    view = NegotiationView()
    shown = association("identity", 2)
    assert shown.request is not None
    assert shown.request.identity is not None
    assert shown.request.identity.secondary

    async def act(pilot: Pilot[None]) -> None:
        view.show(shown)
        await pilot.pause()
        secret = shown.request.identity.secondary.decode() if shown.request and shown.request.identity else ""
        assert "••••••" in text(view)
        assert secret not in text(view)

    Stage(view).play(act)


def test_only_used_contexts_show_when_asked() -> None:
    view = NegotiationView()

    async def act(pilot: Pilot[None]) -> None:
        view.show(association("move", 2))
        view.query_one(Lines).focus()
        before = view.query_one(Lines).count()
        await pilot.press("u")
        assert before - view.query_one(Lines).count() == 119

    Stage(view).play(act)


def test_enter_in_the_negotiation_goes_to_the_answer() -> None:
    view = NegotiationView()
    stage = Stage(view)

    async def act(pilot: Pilot[None]) -> None:
        view.show(association("print"))
        view.query_one(Lines).focus()
        await pilot.press("enter")

    stage.play(act)
    (said,) = stage.messages(NegotiationView.Selected)
    assert said.pdu.kind == 2


# PDUs


def test_every_pdu_has_a_line_with_its_pdvs() -> None:
    view = PduView()
    stage = Stage(view)

    async def act(pilot: Pilot[None]) -> None:
        view.show(association("print"))
        await pilot.pause()
        assert line(view, 1) == " 1     4 0.000255 → A-ASSOCIATE-RQ    356     2 contexts"
        assert line(view, 3).endswith("108   1 N-GET-RQ 1: command, last")
        await pilot.press("t", "down", "enter")
        assert "+443µs" in line(view, 2)

    stage.play(act)
    said = stage.messages(PduView.Selected)[-1]
    assert (said.side, said.pdu.kind) == (said.association.acceptor_side, 2)


@pytest.mark.parametrize("name", ["print", "get", "mid-find", "abort-provider", "lossy", "closed"])
def test_pdus_found_by_their_rows_are_those_in_order(name: str) -> None:
    for shown in dissect.open(CAPTURES / f"{name}.pcap").associations:
        merged = Merged(shown)
        assert [merged[row] for row in range(len(merged))] == list(shown.pdus())


# findings


def test_a_finding_is_told_in_full_and_can_be_chosen() -> None:
    view = FindingsView()
    stage = Stage(view)
    shown = association("lossy-monitor")

    async def act(pilot: Pilot[None]) -> None:
        view.show(shown)
        view.query_one(Lines).focus()
        await pilot.press("down", "enter", "w")
        assert shown.findings[0].text in str(view.query_one("Static").render())

    stage.play(act)
    assert {id(said.finding) for said in stage.messages(FindingsView.Selected)} == {id(shown.findings[1])}


def test_an_association_without_findings_says_so() -> None:
    view = FindingsView()

    async def act(pilot: Pilot[None]) -> None:
        view.show(association("echo"))
        await pilot.pause()
        assert line(view.query_one(Lines), 0).startswith("Nothing to be told")

    Stage(view).play(act)


# all of them


VIEWS: list[Callable[[], Widget]] = [
    DataSetsView, FindingsView, LadderView, NegotiationView, PduView, TimingView,
]  # fmt: skip


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("size", [(80, 24), (40, 8)])
def test_every_view_shows_every_kind_of_association(
    view: Callable[[], Widget], size: tuple[int, int]
) -> None:
    names = (
        "abort-provider",
        "closed",
        "find-errors",
        "mid-store",
        "reject-titles",
        "snaplen-96",
        "identity",
    )
    shown = [association(name) for name in names]
    widget = view()

    async def act(pilot: Pilot[None]) -> None:
        for each in shown:
            widget.show(each)  # type: ignore[attr-defined]
            await pilot.press("end", "home", "enter")

    Stage(widget).play(act, size=size)


def test_messages_of_the_ladder_are_those_of_the_association() -> None:
    view = LadderView()
    stage = Stage(view)
    shown = association("get")

    async def act(pilot: Pilot[None]) -> None:
        view.show(shown)
        for _ in range(view.count()):
            await pilot.press("down")

    stage.play(act)
    said = [each.what for each in stage.messages(LadderView.Selected) if isinstance(each.what, Message)]
    assert said == shown.messages
    assert not stage.messages(Lines.Entered)
