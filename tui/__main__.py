"""The `pduscope` command: the commands without a screen, and those that open one.

Imports nothing heavy: textual is loaded when a screen opens, so that `pduscope --version` answers at once.
"""

from __future__ import annotations

from dissect.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
