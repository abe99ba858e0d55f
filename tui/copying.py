"""What goes to the clipboard, and how: by OSC 52, which a terminal obeys over ssh too.

copy(self, field_text(tree.selected), "the field")
copy(self, tree_text(tree.root), "all fields")
hexview.action_copy(); def on_hex_view_copied(self, event): say(self, f"{event.copied} bytes")
"""

from __future__ import annotations

from textual.widget import Widget

from dissect.nodes import Node
from dissect.outputs.words import clean

MOST = 1 << 18
"""Characters that are copied: terminals drop what is much longer."""
SECONDS = 3
"""How long it stands on the screen that something was copied."""


def field_text(node: Node) -> str:
    """A field in one line: its name and value."""
    name, text = clean(node.name), clean(node.text)
    return f"{name}: {text}" if text else name


def tree_text(root: Node) -> str:
    """A field and all below it, a line each, indented."""
    lines: list[str] = []
    stack = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        lines.append("  " * depth + field_text(node))
        stack.extend((child, depth + 1) for child in reversed(node.children))
    return "\n".join(lines)


def copy(widget: Widget, text: str, what: str) -> None:
    """Copy a text, and say so."""
    kept = text[:MOST]
    widget.app.copy_to_clipboard(kept)
    rest = "" if len(kept) == len(text) else f", the first of {len(text):,} characters"
    say(widget, f"{what}{rest}")


def say(widget: Widget, what: str) -> None:
    """Say what was copied."""
    widget.notify(f"Copied {what}", timeout=SECONDS, markup=False)
