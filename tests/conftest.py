"""What all tests share."""

import gc

from hypothesis import settings

settings.register_profile("house", deadline=None)  # a busy machine is no failure
settings.load_profile("house")


def pytest_runtest_teardown() -> None:
    """A command run in this process froze its captures for the exit: their files would stay open."""
    gc.unfreeze()
