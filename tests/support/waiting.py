"""Waiting for a thread, or a machine, that tells nobody what it has done."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def wait_until(
    ask: Callable[[], Answer],
    timeout_s: float = 20.0,
    *,
    pause_s: float = 0.0,
    tell: Callable[[], str] = lambda: "it did not happen in time",
) -> Answer:
    """Asks again and again until the answer is true, and gives that.

    Args:
        ask: looks.
        timeout_s: for all of it.
        pause_s: between two looks; 0: others may run, and no longer.
        tell: what there is to say when it did not come.

    Raises:
        AssertionError: it did not become true in time.
    """
    deadline = time.monotonic() + timeout_s
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(tell())
        time.sleep(pause_s)
    return answer
