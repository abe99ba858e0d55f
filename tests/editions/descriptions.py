"""What stands beside an attribute on the standard's web pages, as DocBook has it."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from xml.sax.saxutils import escape


@cache
def docbook(html: str) -> str:
    """Paragraphs, lists of values without their meanings, and references to sections without their text."""
    parser = _Description()
    parser.feed(html)
    parser.close()
    return "".join(parser.made)


class _Description(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.made: list[str] = []
        self._text: list[str] = []
        self._open: list[str] = []
        self._title = ""
        self._terms: list[str] = []
        self._headings = 0
        self._noted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "strong", "dt") or _is_heading(tag):
            self._paragraph()
        elif tag == "dl":
            self._terms = []
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "strong":
            self._title = self._taken()
        elif tag == "dt":
            self._terms.append(self._taken())
        elif _is_heading(tag):
            if self._taken() == "Note":
                self._noted = True
            else:
                self._headings += 1
        elif tag == "dl":
            self._list()
        elif tag in ("p", "td"):
            self._paragraph()
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "dd" in self._open:
            return
        text = re.sub(r"\s+", " ", data)
        section = re.fullmatch(r" ?Section ([A-Z0-9][\w.]*) ?", text)
        if section is None or self._open[-1] not in ("a", "span"):
            self._text.append(escape(text))
        elif not self._noted:
            self._text.append(f'<xref linkend="sect_{section[1]}"/>')

    def _taken(self) -> str:
        text = "".join(self._text).strip()
        self._text = []
        return text

    def _paragraph(self) -> None:
        if text := self._taken():
            self.made.append(f"<para>{text}</para>")

    def _list(self) -> None:
        if "li" in self._open or "table" in self._open or self._headings > 1:
            return  # of a note, of other attributes, or of a section within the one that is asked for
        terms = "".join(f"<varlistentry><term>{term}</term></varlistentry>" for term in self._terms)
        title, self._title = f"<title>{self._title}</title>" if self._title else "", ""
        self.made.append(f"<variablelist>{title}{terms}</variablelist>")


def _is_heading(tag: str) -> bool:
    return re.fullmatch("h[1-6]", tag) is not None
