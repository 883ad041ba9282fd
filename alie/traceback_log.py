"""Faults in the log as types and places in the code, without what was raised says: an exception's text may quote what
was dictated, or a token, and so may the message of a library.

It stands at the log itself, not where failures are logged: Twisted, Autobahn and Deferreds that nobody waits for log
failures of their own accord.
"""

from __future__ import annotations

import errno
import logging
import sys
import threading
from typing import Any

from twisted.logger import Logger, LogPublisher
from twisted.python.failure import Failure
from twisted.python.reflect import qual

_CHAIN = 5
_log = Logger()


class BareFailure:
    """What a log observer may ask of a `Failure`, as far as the log may have it.

    Args:
        failure: as it was raised.

    Attributes:
        type: of the exception.
        value: the type's name, and the name of the system's error where there is one; never the exception itself.
    """

    def __init__(self, failure: Failure) -> None:
        self.type = failure.type
        self.value = _name(failure.value)
        frames = [f"  {file}:{line} in {name}" for name, file, line, *_ in failure.frames]
        self._lines = ["Traceback (places only):", *frames, *_chain(failure.value)]

    def getTraceback(self, *args: Any, **options: Any) -> str:
        """Twisted: the whole; neither lines of code nor values of variables, whatever is asked for."""
        return "\n".join(self._lines) + "\n"

    getBriefTraceback = getTraceback

    def getErrorMessage(self) -> str:
        """Twisted: in a line."""
        return self.value

    def __str__(self) -> str:
        return f"[Failure: {self.value}]"

    __repr__ = __str__


def make_bare(event: dict[str, Any]) -> None:
    """A log observer: takes the texts out of an event, in place, for those that observe after it."""
    for key, value in event.items():
        if isinstance(value, Failure):
            event[key] = BareFailure(value)
        elif isinstance(value, BaseException):
            event[key] = _name(value)


def guard(publisher: LogPublisher) -> None:
    """From now on no fault brings its text into the log, nor to stderr from a thread or a library's own logger.

    Args:
        publisher: Twisted's global one, before anything but its own temporary observer observes it.
    """
    publisher.addObserver(make_bare)  # type: ignore[arg-type]  # a function is an observer; mypy-zope knows classes only
    threading.excepthook = _tell_thread
    sys.unraisablehook = _tell_unraisable
    root = logging.getLogger()
    if not any(isinstance(handler, LibraryHandler) for handler in root.handlers):
        root.addHandler(LibraryHandler(logging.WARNING))


class LibraryHandler(logging.Handler):
    """Takes what libraries log by Python's own means, of which only where and what kind goes into the log.

    Without it Python writes such messages to stderr as they are.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Python: a message was logged, in any thread."""
        raised = record.exc_info[1] if record.exc_info else None
        _log.warn(
            "A library ({library}) logged at level {weight}, {file}:{line}{raised}",
            event="library.said",
            library=record.name,
            weight=record.levelname,
            file=record.pathname,
            line=record.lineno,
            raised=f": {_name(raised)}" if raised is not None else "",
        )


def _tell_thread(raised: threading.ExceptHookArgs) -> None:
    if raised.exc_value is not None:
        _log.failure(
            "A thread ended", Failure(raised.exc_value, raised.exc_type, raised.exc_traceback), event="thread.failed"
        )


def _tell_unraisable(raised: sys.UnraisableHookArgs) -> None:
    if raised.exc_value is not None:
        _log.failure(
            "Something failed where nobody waits",
            Failure(raised.exc_value, None, raised.exc_traceback),
            event="object.failed",
        )


def _chain(value: BaseException | None) -> list[str]:
    """Its name, and the names of what led to it."""
    lines: list[str] = []
    while value is not None and len(lines) < _CHAIN:
        lines.append(f"{'because of ' if lines else ''}{_name(value)}")
        value = value.__cause__ or value.__context__
    return lines


def _name(value: BaseException | None) -> str:
    name = qual(type(value))
    if isinstance(value, OSError) and value.errno is not None:
        return f"{name} {errno.errorcode.get(value.errno, value.errno)}"
    return name
