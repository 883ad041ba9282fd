"""What signals do to a running daemon. Nothing is done in a handler, which comes between any two instructions."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any


def end_well(reactor: Any) -> None:
    """SIGTERM and SIGINT stop the daemon, with status 0. To be called once the reactor runs."""

    # A stop that was asked for is a success: after twisted's own handler twistd would end itself by the same signal
    # once more. Whoever sends SIGTERM twice does not cut the drain short; a second Ctrl-C does.
    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        reactor.callFromThread(reactor.stop)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def reload_on_hangup(reactor: Any, reload: Callable[[], object]) -> None:
    """SIGHUP reloads, from now on; before the reactor runs it waits for it.

    In the foreground of a terminal it ends the daemon as it ends other programs, since there it means that the terminal
    was closed.

    Args:
        reactor: on whose thread `reload` is called.
        reload: takes up again what can be.
    """
    if os.isatty(0):
        return
    signal.signal(signal.SIGHUP, lambda number, frame: reactor.callFromThread(reload))
