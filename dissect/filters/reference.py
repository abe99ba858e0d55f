"""The documentation of the fields, made from their table."""

from __future__ import annotations

from dissect.filters.fields import FIELDS


def reference() -> str:
    """A Markdown table of every field: name, type, meaning, example."""
    rows = [("field", "type", "meaning", "example"), ("---",) * 4]
    for field in FIELDS:
        name = field.name.replace("*", "KEYWORD") if field.family else field.name
        rows.append((f"`{name}`", field.type, field.text, f"`{field.example}`"))
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in rows)
