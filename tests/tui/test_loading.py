"""Imports that several threads of the screen come to need at the same time."""

from __future__ import annotations

import subprocess
import sys

MEANWHILE = """
import sys
import threading

from dissect.dicom import tables
from tui.loading import load, one_at_a_time

one_at_a_time()
told = []
other = threading.Thread(target=lambda: told.append(tables.status(0xA801, None, "C-MOVE").text))


def give_way():
    if "pydicom" in sys.modules and other.ident is None:
        other.start()
        other.join(0.5)  # until it waits, or is done


load(give_way)
other.join()
print(*told)
"""
"""One thread is importing pydicom when another needs pynetdicom, which imports pydicom from another end."""


def test_a_status_is_told_while_another_thread_loads_what_reads_data_sets() -> None:
    done = subprocess.run([sys.executable, "-c", MEANWHILE], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("Move destination unknown\n", "", 0)


def test_all_that_first_looks_need_is_loaded() -> None:
    wanted = {"dissect.tree", "pydicom", "pynetdicom.service_class", "scapy.packet"}
    code = f"import sys; from tui.loading import load; load(); print(*({wanted} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert {*done.stdout.split()} == wanted
