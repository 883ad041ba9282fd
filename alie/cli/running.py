"""Runs one command on the reactor and turns its end, Ctrl-C included, into an exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import react
from twisted.python.failure import Failure

INTERRUPTED = 130

Command = Callable[[Any], Coroutine[Deferred[Any], Any, int]]


def run(command: Command) -> NoReturn:
    """Runs `command` with the reactor and exits with the status it returns.

    Ctrl-C and SIGTERM cancel it: it sees `CancelledError` where it waits, has the time to close what it opened, and
    the status is 130.
    """
    react(lambda reactor: _supervise(reactor, command))


def _supervise(reactor: Any, command: Command) -> Deferred[None]:
    work = Deferred.fromCoroutine(command(reactor))
    # `react` reads the status from `reported`; on Ctrl-C the reactor waits for `ended` before it goes.
    reported: Deferred[None] = Deferred()
    ended: Deferred[None] = Deferred()

    def interrupt() -> Deferred[None]:
        work.cancel()
        return ended

    def exit_with(result: int | Failure) -> None:
        if isinstance(result, Failure) and result.check(CancelledError):
            sys.stderr.write("alie: interrupted\n")
            result = INTERRUPTED
        reported.errback(result if isinstance(result, Failure) else Failure(SystemExit(result)))
        ended.callback(None)

    reactor.addSystemEventTrigger("before", "shutdown", interrupt)
    work.addBoth(exit_with)
    return reported
