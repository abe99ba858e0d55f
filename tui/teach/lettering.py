"""Text of lessons as Content: paragraphs of Markdown, and sentences behind a label."""

from __future__ import annotations

import re

from textual.content import Content

_MARKED = re.compile(r"\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`")
LABEL = "b $text-accent"


def paragraphs(text: str) -> Content:
    """Markdown of a course: lines of a paragraph are joined; **strong**, *emphasis* and `code` are marked."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in paragraph.splitlines()]
        joined = "".join(
            ("\n• " + line[2:] if line.startswith("- ") else ("\n" if number == 0 else " ") + line)
            for number, line in enumerate(lines)
        )
        parts.append(_marked(joined.strip()))
    return Content("\n\n").join(parts)


def _marked(text: str) -> Content:
    content, at = Content(""), 0
    for found in _MARKED.finditer(text):
        strong, emphasis, code = found.groups()
        content += Content(text[at : found.start()])
        style = "b $text-primary" if strong else "i" if emphasis else "$text-success"
        content += Content.styled(strong or emphasis or code, style)
        at = found.end()
    return content + Content(text[at:])


def labelled(label: str, text: str, style: str = "") -> Content:
    """A sentence behind the word that says what it is about."""
    return Content.styled(f"{label} ", LABEL) + (Content.styled(text, style) if style else Content(text))
