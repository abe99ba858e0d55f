"""Judging one huge association stands back now and then for who waits."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import dissect
from dissect.dicom.associations import Association
from dissect.rules import judge, judge_data_sets
from dissect.rules.pace import SLICE, paced, pausing
from tests.rules.case import begun, ended

ECHOES = 5 * SLICE


def _association(path: Path) -> Association:
    """C-ECHOs, of which one is not answered."""
    talk = begun()
    for number in range(1, ECHOES + 1):
        talk.echo(1, number)
    talk.events.pop()
    return dissect.open(ended(talk).write(path / "echoes.pcap")).associations[0]


def test_rules_pause_between_slices_and_find_the_same(tmp_path: Path) -> None:
    association = _association(tmp_path)
    plain = judge(association), judge_data_sets(association)
    pauses: list[int] = []
    with pausing(lambda: pauses.append(1)):
        assert judge(association) == plain[0]
        messages = 2 * ECHOES // SLICE
        assert len(pauses) >= 5 * messages  # that many rules, at least, go through all messages
        pauses.clear()
        assert judge_data_sets(association) == plain[1]
        assert len(pauses) >= len(association.messages)
    pauses.clear()
    judge(association)
    assert not pauses


def test_only_the_thread_that_asked_for_pauses_has_them() -> None:
    rows = list(range(3 * SLICE + 1))
    paused: list[int] = []
    seen: list[int] = []
    with pausing(lambda: paused.append(1)):
        other = Thread(target=lambda: seen.extend(paced(rows)))
        other.start()
        other.join()
        assert (seen, paused) == (rows, [])
        assert list(paced(rows)) == rows
    assert len(paused) == 4
