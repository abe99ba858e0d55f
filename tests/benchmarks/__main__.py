"""Measure `pduscope list` and tshark in turn on the same captures, and print how they compare."""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measure import Cost, RunError, run, typical, warm
from tests.benchmarks.works import WORKS, Work

HEADINGS = (
    ("work", 35),
    ("MB", 6),
    ("tshark s", 9),
    ("anon MB", 8),
    ("RSS MB", 8),
    ("ours s", 8),
    ("anon MB", 8),
    ("mapped", 8),
    ("RSS MB", 8),
    ("time x", 8),
    ("memory x", 9),
    ("reach", 6),
    ("aim", 5),
)


def main() -> None:
    options = _options()
    ours = _resolve(shlex.split(options.command))
    theirs = [] if options.skip_tshark else _resolve(["tshark"])
    wanted = [work for work in WORKS if not options.only or work.name in options.only]
    _row([title for title, _ in HEADINGS], "verdict")
    for work in wanted:
        capture = work.capture(options.cache)
        warm(capture)
        base = None
        if work.against:
            base = next(other for other in WORKS if other.name == work.against).capture(options.cache)
            warm(base)
        our_costs: list[Cost] = []
        their_costs: list[Cost] = []
        for turn in range(options.repeat):  # in turn, so that both meet the same state of the machine
            if base is not None and ours:
                their_costs.append(run([*ours, str(base)]))
            elif base is None and theirs and not (work.patient and turn):
                their_costs.append(run([*theirs, "-r", str(capture), "-Y", "dicom"]))
            if ours:
                our_costs.append(run([*ours, str(capture)]))
        _report(
            work, capture, typical(our_costs) if ours else None, typical(their_costs) if their_costs else None
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    names = [work.name for work in WORKS]
    parser.add_argument(
        "--only", action="append", choices=names, help="this work; may be given several times"
    )
    parser.add_argument("--skip-tshark", action="store_true", help="measure ours alone")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each; the median counts (5)")
    parser.add_argument("--command", default="pduscope list", help="what is measured (pduscope list)")
    cache = Path(tempfile.gettempdir()) / "pduscope-benchmarks"
    parser.add_argument(
        "--cache", type=Path, default=cache, help=f"where captures are kept, 1.8 GB ({cache})"
    )
    return parser.parse_args()


def _resolve(command: list[str]) -> list[str]:
    """The command with the path of its program; nothing, said on stderr, where there is none."""
    beside = str(Path(sys.executable).parent)  # where a virtual environment that is not active has it
    path = shutil.which(command[0]) or shutil.which(command[0], path=beside)
    if path is None:
        print(f"not measured, there is no {command[0]}", file=sys.stderr)
        return []
    return [path, *command[1:]]


def _report(work: Work, capture: Path, ours: Cost | None, theirs: Cost | None) -> None:
    time = memory = None
    verdict = ""
    if ours and theirs:
        time = theirs.seconds / ours.seconds
        memory = theirs.anonymous / ours.anonymous
        if work.against:
            time, memory = 1 / time, 1 / memory
            reached, aimed = time <= work.reach, time <= work.aim
        else:
            enough = work.memory is None or memory >= work.memory
            reached, aimed = time >= work.reach and enough, time >= work.aim and enough
        verdict = "aim met" if aimed else "reach met" if reached else "missed"
        if work.memory is not None:
            verdict += f" (memory {'met' if memory >= work.memory else 'missed'}: {work.memory:g} x)"
        if work.against:
            verdict += f" (times those of {work.against}, at most)"

    def memories(cost: Cost | None) -> tuple[float | None, float | None, float | None, float | None]:
        return (cost.seconds, cost.anonymous, cost.mapped, cost.resident) if cost else (None,) * 4

    def shown(value: float | None, digits: int = 0) -> str:
        return "-" if value is None else f"{value:.{digits}f}"

    their_seconds, their_anonymous, _, their_resident = memories(None if work.against else theirs)
    our_seconds, our_anonymous, our_mapped, our_resident = memories(ours)
    cells = [
        work.title,
        shown(capture.stat().st_size / 1e6),
        shown(their_seconds, 2),
        shown(their_anonymous),
        shown(their_resident),
        shown(our_seconds, 2),
        shown(our_anonymous),
        shown(our_mapped),
        shown(our_resident),
        shown(time, 1),
        shown(memory, 1),
        f"{work.reach:g}",
        f"{work.aim:g}",
    ]
    _row(cells, verdict)


def _row(cells: list[str], last: str) -> None:
    first, *rest = (
        cell.rjust(width) if index else cell.ljust(width)
        for index, (cell, (_, width)) in enumerate(zip(cells, HEADINGS, strict=True))
    )
    print(first + "".join(rest) + "  " + last, flush=True)


if __name__ == "__main__":
    try:
        main()
    except RunError as error:
        sys.exit(str(error))
