"""Waiting for a thread that tells nobody what it has done."""

from __future__ import annotations

import os
import time
from collections.abc import Callable


def wait_until(is_done: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Asks again and again, and lets others run meanwhile.

    Raises:
        AssertionError: it did not become true in time.
    """
    deadline = time.monotonic() + timeout_s
    while not is_done():
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        os.sched_yield()
