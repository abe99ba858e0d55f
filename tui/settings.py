"""What the screen remembers from one run to the next, in a small JSON file in the platform's usual place."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from platformdirs import user_config_path

HISTORY = 50
"""Filters that are remembered."""


def place() -> Path:
    """Where settings are kept. XDG_CONFIG_HOME is heeded on every platform."""
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) / "pduscope" if home else user_config_path("pduscope")) / "settings.json"


@dataclass
class Settings:
    """Each is a plain value; what a file says otherwise is passed over."""

    theme: str = "textual-dark"
    columns: list[str] = field(default_factory=list)
    times: str = "relative"
    list_height: int = 45
    """Per cent of the screen that the list takes."""
    tree_width: int = 0
    """Per cent of the width that the field tree takes; 0: what the bytes leave."""
    filters: list[str] = field(default_factory=list)
    """Latest first."""

    def remember_filter(self, text: str) -> None:
        if text:
            self.filters = [text, *(each for each in self.filters if each != text)][:HISTORY]


def load(path: Path | None = None) -> Settings:
    """The settings of a file. Without one, or with a broken one, the usual ones."""
    settings = Settings()
    try:
        found = json.loads((path or place()).read_text("utf-8"))
    except (OSError, ValueError):
        return settings
    if isinstance(found, dict):
        for each in fields(Settings):
            value = found.get(each.name)
            if _fits(value, getattr(settings, each.name)):
                setattr(settings, each.name, value)
    return settings


def _fits(value: object, usual: object) -> bool:
    if isinstance(usual, list):
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return type(value) is type(usual)


def save(settings: Settings, path: Path | None = None) -> None:
    """Write settings whole or not at all; OSError where that cannot be."""
    path = path or place()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(asdict(settings), indent=2) + "\n", "utf-8")
    fresh.replace(path)
