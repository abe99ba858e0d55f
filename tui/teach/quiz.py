"""QuizScreen: questions about a capture, answered by a key, a number, or a place in the bytes.

 Question 3 of 10, 2 right                                            PS3.8 9.3.1
 What is the PDU length?
 Number: 58
 Right. Bytes 3 to 6, the most significant first: 00 00 00 3A is 58.
--------------------------------------+------------------------------------------
 0000  04 00 00 00 00 3a 00 00  ...   | v P-DATA-TF
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static

from dissect.lessons.answers import Choice, Number, Place, Question, number, veiled
from dissect.lessons.walk import Walk
from dissect.nodes import Node
from dissect.pieces import Span
from tui.fields import FieldTree
from tui.hexview import HexView
from tui.keybar import KeyBar
from tui.outline import Outline

Ask = Callable[[], Sequence[Question]]
"""Makes the questions of another round."""
HINTS: dict[type, str] = {
    Choice: "Press its number, or choose with ↑ ↓ and press Enter.",
    Number: "Type it and press Enter.",
    Place: "Move in the bytes, and press Enter on the right one.",
}
NOT_A_NUMBER = "A number is needed, such as 88, 0x58 or 58H."


class QuizScreen(Screen[None]):
    """Asks one question after another, and tells the score at the end."""

    HELP_TITLE = "Quiz"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "answer", "Answer/next", tooltip="Give the answer; then, go on to the next question"
        ),
        Binding("f2", "give_up", "Show answer", tooltip="Show the answer; the question counts as not known"),
        Binding("tab", "app.focus_next", "Next pane", show=False, tooltip="To the next pane"),
        Binding("f5", "again", "New questions", tooltip="Begin again with other questions"),
        Binding("escape", "leave", "Leave", tooltip="Leave the quiz"),
    ]
    DEFAULT_CSS = """
    QuizScreen {
        layout: vertical;
        background: $background;
        & > #quiz-title { height: 1; background: $panel; padding: 0 1; }
        & > #quiz-question { height: auto; max-height: 3; padding: 0 1; margin-top: 1; text-style: bold; }
        & > #quiz-choice {
            height: auto;
            max-height: 6;
            border: none;
            padding: 0 1;
            background: $background;
        }
        & > #quiz-number {
            height: 1;
            width: 40;
            border: none;
            padding: 0 1;
            background: $boost;
        }
        & > #quiz-says { height: auto; max-height: 4; min-height: 1; padding: 0 1; margin: 0 0 1 0; }
        & > #quiz-panes { width: 100%; height: 1fr; min-height: 4; border-top: solid $foreground 30%; }
        & #quiz-bytes { width: 1fr; }
        & #quiz-fields { width: 1fr; border-left: solid $foreground 30%; }
        & > #quiz-sum { height: 1fr; padding: 1; display: none; scrollbar-size-vertical: 1; }
        &.-over > #quiz-sum { display: block; }
        &.-over > #quiz-panes { display: none; }
    }
    """

    def __init__(self, ask: Ask, name: str) -> None:
        super().__init__()
        self._ask = ask
        self._name = name
        """What is asked about, such as the name of the capture."""
        self.questions: Sequence[Question] = ()
        self.at = 0
        self.known: list[bool] = []
        """For each question that was answered, whether the answer was right."""
        self._walk: Walk | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="quiz-title")
        yield Static(id="quiz-question")
        yield OptionList(id="quiz-choice", compact=True, markup=False)
        yield Input(id="quiz-number", compact=True, placeholder="88, 0x58 or 58H")
        yield Static(id="quiz-says")
        with Horizontal(id="quiz-panes"):
            yield HexView(id="quiz-bytes")
            yield FieldTree(id="quiz-fields")
        with VerticalScroll(id="quiz-sum"):
            yield Static(id="quiz-score")
        yield KeyBar()

    def on_mount(self) -> None:
        self.action_again()

    @property
    def question(self) -> Question | None:
        return self.questions[self.at] if self.at < len(self.questions) else None

    @property
    def answered(self) -> bool:
        return len(self.known) > self.at

    # asking

    def action_again(self) -> None:
        self.questions, self.at, self.known = self._ask(), 0, []
        self._show()

    def action_give_up(self) -> None:
        if self.question is not None and not self.answered:
            self._judge(False, "The answer: ")

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def action_answer(self) -> None:
        """Judge what was given; where that is done already, go on."""
        question = self.question
        if question is None:
            return
        if self.answered:
            self.at += 1
            self._show()
            return
        match question.answer:
            case Choice() as choice:
                given = self.query_one(OptionList).highlighted
                if given is not None:
                    self._judge(choice.accepts(given))
            case Number() as wanted:
                text = self.query_one(Input).value
                if number(text) is None:
                    self._say(Content.styled(NOT_A_NUMBER, "$text-warning"))
                else:
                    self._judge(wanted.accepts(text))
            case Place() as place:
                self._judge(place.accepts(self.query_one(HexView).position))

    def on_key(self, event: object) -> None:
        """A digit chooses one of several answers."""
        character = getattr(event, "character", None)
        question = self.question
        if question is None or self.answered or not isinstance(question.answer, Choice):
            return
        if character in {str(each + 1) for each in range(len(question.answer.options))}:
            self.query_one(OptionList).highlighted = int(character) - 1
            self.action_answer()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys at the foot are those that do something."""
        if action == "give_up":
            return self.question is not None and not self.answered
        return action != "answer" or self.question is not None

    def action_leave(self) -> None:
        self.dismiss(None)

    # showing

    def _show(self) -> None:
        """Put the question that is next on the screen, or the score after the last."""
        question = self.question
        self.set_class(question is None, "-over")
        self._tell_score()
        if question is None:
            self.query_one(OptionList).display = self.query_one(Input).display = False
            self._sum_up()
            return
        self._show_question(question)
        if self._walk is None or self._walk.association is not question.association:
            self._walk = Walk(question.association)
        self._show_bytes(question, lit=False)
        self._focus(question)
        self.refresh_bindings()

    def _show_question(self, question: Question) -> None:
        self.query_one("#quiz-question", Static).update(Content(question.text))
        choice, box = self.query_one(OptionList), self.query_one(Input)
        choice.display = isinstance(question.answer, Choice)
        box.display = isinstance(question.answer, Number)
        choice.clear_options()
        if isinstance(question.answer, Choice):
            choice.add_options(f"{at}  {text}" for at, text in enumerate(question.answer.options, 1))
            choice.highlighted = 0
        box.value = ""
        self._say(Content.styled(HINTS[type(question.answer)], "$text-muted"))

    def _focus(self, question: Question) -> None:
        panes: dict[type, type[Widget]] = {Choice: OptionList, Number: Input, Place: HexView}
        self.query_one(panes[type(question.answer)]).focus()

    def _show_bytes(self, question: Question, *, lit: bool) -> None:
        """The PDU that is asked about; with `lit`, what answers the question is shown in it."""
        pdu, view = question.pdu, self.query_one(HexView)
        source = question.span.source
        if not lit:
            view.show(None)  # the cursor of the question before must not give anything away
        view.show(Span(source, pdu.start, pdu.stop - pdu.start))
        view.highlight([question.span] if lit else [])
        fields = self.query_one(FieldTree)
        fields.display = lit or not question.bare
        if not lit:
            fields.outline = Outline()  # what was unfolded for the question before is of no use here
        tree = self._tree(question)
        fields.show(tree if lit else veiled(tree, question.span))
        if lit:
            inside = [node for node in tree.walk() if node.span and _holds(node.span, question.span)]
            fields.reveal(inside[-1])

    def _tree(self, question: Question) -> Node:
        assert self._walk is not None
        at = self._walk.at(question.span)
        assert at is not None  # a question is about bytes of a PDU of its association
        return self._walk.fields(at.pdu)[0].node

    def _judge(self, right: bool, verdict: str = "") -> None:
        question = self.question
        assert question is not None
        self.known.append(right)
        style = "b $text-success" if right else "b $text-error"
        told = right or isinstance(question.answer, Place)  # the lit bytes show where it is
        answer = "" if told else f"{question.answer.text}. "
        verdict = verdict or ("Right. " if right else "Not this one. " if told else "No, it is ")
        self._say(Content.styled(verdict, style) + Content(f"{answer}{question.explanation}"))
        self._show_bytes(question, lit=True)
        self._tell_score()
        self.query_one(HexView).focus()
        self.refresh_bindings()

    def _say(self, content: Content) -> None:
        self.query_one("#quiz-says", Static).update(content)

    def _tell_score(self) -> None:
        right = sum(self.known)
        at = min(self.at + 1, len(self.questions))
        text = f"Question {at} of {len(self.questions)}, {right} right" if self.questions else "No questions"
        if self.questions and self.question is None:
            text = "The score"
        reference = f"  {self.question.reference}" if self.question and self.answered else ""
        self.query_one("#quiz-title", Static).update(Content(f"{text}  {self._name}{reference}"))

    def _sum_up(self) -> None:
        right, count = sum(self.known), len(self.questions)
        self._say(Content(""))
        if not count:
            self.query_one("#quiz-question", Static).update(
                Content(f"There is nothing to ask about {self._name}.")
            )
            self._score.update(Content("Press Escape to leave."))
            return
        self.query_one("#quiz-question", Static).update(Content(f"{right} of {count} right."))
        lines = Content("")
        for question, known in zip(self.questions, self.known, strict=True):
            mark = (
                Content.styled("right  ", "$text-success")
                if known
                else Content.styled("not    ", "$text-error")
            )
            lines += mark + Content(f"{question.text} ") + Content.styled(question.answer.text, "b")
            lines += Content.styled(f"  {question.reference}\n", "$text-muted")
        self._score.update(lines + Content("\nF5 asks other questions, Escape leaves."))
        self.query_one("#quiz-sum").focus()
        self.refresh_bindings()

    @property
    def _score(self) -> Static:
        return self.query_one("#quiz-score", Static)


def _holds(outer: Span, inner: Span) -> bool:
    return outer.source is inner.source and outer.start <= inner.start and inner.stop <= outer.stop
