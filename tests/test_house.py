"""The house is in order: style, types, floors, and what an import costs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOOLS = Path(sys.executable).parent


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "--no-cache"),
        ("ruff", "format", "--check", "--no-cache"),
        ("mypy",),
        ("lint-imports", "--no-cache"),
    ],
    ids=" ".join,
)
def test_tools_are_content(command: tuple[str, ...]) -> None:
    done = run(str(TOOLS / command[0]), *command[1:])
    assert done.returncode == 0, done.stdout + done.stderr


def loaded_by(statement: str) -> set[str]:
    """The top level packages, and `scapy.all`, that a fresh interpreter loads for a statement."""
    code = f"import sys\n{statement}\nprint(*sys.modules, file=sys.stderr)"
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
    names = done.stderr.split()
    return {name.partition(".")[0] for name in names} | ({"scapy.all"} & set(names))


def test_importing_dissect_loads_neither_a_screen_nor_a_library() -> None:
    assert not loaded_by("import dissect") & {"textual", "rich", "scapy", "pydicom", "pynetdicom", "numpy"}


def test_reading_a_capture_loads_neither_scapy_nor_pydicom() -> None:
    statement = "import dissect; dissect.open('captures/print.pcap').associations[0].exchanges"
    assert not loaded_by(statement) & {"textual", "rich", "scapy", "pydicom", "pynetdicom"}


def test_the_layers_do_not_load_all_of_scapy() -> None:
    loaded = loaded_by("import dissect.layers")
    assert "scapy" in loaded
    assert not loaded & {"scapy.all", "pydicom", "pynetdicom"}


def test_no_part_of_the_dissector_loads_a_screen() -> None:
    modules = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "dissect").rglob("*.py")
        if path.name not in ("__main__.py",)
    )
    assert not loaded_by("; ".join(f"import {module}" for module in modules)) & {"textual", "rich", "tui"}


def test_the_ci_runs_the_readmes_test_command() -> None:
    readme = (ROOT / "README.md").read_text()
    commands = [line for line in readme.splitlines() if "pytest" in line]
    assert commands[0].startswith("python3 -m venv .venv && ")
    assert "grep -m1 'pytest' README.md" in (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
