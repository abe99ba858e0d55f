"""Threads for what goes on behind the screen, none of which is waited for long when somebody quits."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import ParamSpec, TypeVar

PATIENCE = 0.5
"""Seconds that threads have to end by themselves: one that saves has a file to take away."""

P = ParamSpec("P")
T = TypeVar("T")


class Threads(ThreadPoolExecutor):
    """A thread for each task, which ends with the process if not before.

    asyncio waits for the threads of its executor, and the interpreter for those of any other; a search
    through a million exchanges takes longer than anybody waits who has quit.
    """

    def __init__(self) -> None:
        super().__init__(max_workers=1)  # never begun: asyncio takes no other kind of executor
        self._begun: set[Thread] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()

        def work() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as error:  # whoever waits for the result has it
                    future.set_exception(error)
            self._begun.discard(thread)

        thread = Thread(target=work, daemon=True)
        self._begun.add(thread)
        thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        end = time.monotonic() + PATIENCE
        for thread in list(self._begun):
            thread.join(max(end - time.monotonic(), 0))
