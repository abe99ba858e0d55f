#!/usr/bin/env python3
"""Record the captures of this directory again, from real peers.

    record.py --list          the recipes and what each shows
    record.py NAME...         record these
    record.py --all           record all of them
    record.py --into DIR ...  into another directory
    record.py --table         the table in README.md again, from what was recorded

Each recording runs in a network namespace of its own, made as root,
so that only its own traffic is in it. Beside NAME.pcap it writes
expected/NAME.json: the messages as the peers themselves logged them.

Debian packages: dcmtk orthanc tcpdump wireshark-common iproute2 zstd openssl nodejs
Python packages: pynetdicom pydicom scapy numpy pylibjpeg pylibjpeg-openjpeg
npm package, in this directory or where NODE_PATH leads: dcmjs-dimse
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

PROBLEM, CANNOT, TERMINATED = 1, 2, 128 + signal.SIGTERM


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="recipes to record")
    parser.add_argument("--all", action="store_true", help="record every recipe")
    parser.add_argument("--list", action="store_true", help="list the recipes")
    parser.add_argument("--into", type=Path, metavar="DIR", help="where captures go (captures)")
    parser.add_argument("--table", action="store_true", help="write the table of captures in README.md")
    wanted = parser.parse_args()
    # Ending by an exception lets every recipe stop its peers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        return run(parser, wanted)
    except ModuleNotFoundError as missing:
        print(f"record.py: the Python package {missing.name} is not installed", file=sys.stderr)
        return CANNOT


def run(parser: argparse.ArgumentParser, wanted: argparse.Namespace) -> int:
    # Imported here, so that a missing package is one line and not a traceback.
    import recipes
    from recording.registry import CAPTURES, RECIPES
    from recording.table import write_table

    recipes.load()
    if wanted.list:
        for name, made in RECIPES.items():
            print(f"{name:20} {made.shows}")
        return 0
    names = list(RECIPES) if wanted.all else wanted.names
    if not names and not wanted.table:
        parser.error("name a recipe, or use --all, --list or --table")
    for name in names:
        if name not in RECIPES:
            parser.error(f"no recipe is called {name!r}; --list shows them")
    folder = wanted.into or CAPTURES
    status = max((record_one(name, folder) for name in names), default=0)
    if wanted.table:
        write_table()
    return status


def record_one(name: str, folder: Path) -> int:
    from recording.network import NetworkRefusedError
    from recording.processes import MissingToolError, ToolFailedError
    from recording.registry import RECIPES, record
    from recording.waiting import NeverHappenedError

    print(name, flush=True)
    try:
        record(RECIPES[name], folder)
    except (MissingToolError, NetworkRefusedError) as trouble:
        print(f"record.py: {name}: {trouble}", file=sys.stderr)
        return CANNOT
    except (ToolFailedError, NeverHappenedError) as trouble:
        print(f"record.py: {name}: {trouble}", file=sys.stderr)
        return PROBLEM
    return 0


if __name__ == "__main__":
    sys.exit(main())
