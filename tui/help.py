"""What the help shows: the keys of each part of the screen, taken from its bindings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode

WIDTH = 20
"""Columns of the keys."""


def keys(nodes: Iterable[DOMNode]) -> Content:
    """The bindings of each node below a heading: its HELP_TITLE, or the name of its class in words."""
    content = Content("")
    for node in nodes:
        heading = getattr(node, "HELP_TITLE", "") or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__)
        lines = _lines(node)
        if lines:
            content += Content.styled(f"{heading}\n", "b $text-accent")
            for names, told in lines:
                content += Content.styled(f"  {names:<{WIDTH}} ", "b") + Content(f"{told}\n")
            content += Content("\n")
    return content


def bindings(kind: type[DOMNode]) -> Iterator[Binding]:
    """Those of a class and of what it is made from, its own first, which hide others of the same key.

    None of Textual's.
    """
    known: set[str] = set()
    for each in kind.__mro__:
        if each.__module__.startswith("tui."):
            found = list(Binding.make_bindings(each.__dict__.get("BINDINGS", ())))
            yield from (binding for binding in found if binding.key not in known)
            known.update(binding.key for binding in found)


def _lines(node: DOMNode) -> list[tuple[str, str]]:
    """The keys for each action, and what it does."""
    keys: dict[str, list[str]] = {}
    told: dict[str, str] = {}
    for binding in bindings(type(node)):
        if binding.description:
            keys.setdefault(binding.action, []).append(node.app.get_key_display(binding))
            told[binding.action] = binding.tooltip or binding.description
    return [(" ".join(names), told[action]) for action, names in keys.items()]
