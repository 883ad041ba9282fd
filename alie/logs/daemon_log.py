"""The daemon's log: which events, in which form, and where to."""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from twisted.application.service import MultiService
from twisted.logger import FilteringLogObserver, ILogObserver, LogEvent, LogLevel, LogLevelFilterPredicate
from twisted.python.components import Componentized
from zope.interface import implementer

from alie.log_settings import AUTO, TEXT, LogSettings
from alie.logs.journal import is_journal, prefixed
from alie.logs.lines import json_line, level_of, text_line
from alie.logs.writer import CAPACITY, LineWriter


@implementer(ILogObserver)
class _Lines:
    """Makes lines of events, and hands them on."""

    def __init__(self, encode: Callable[[LogEvent], bytes], write: Callable[[bytes], None]) -> None:
        self._encode = encode
        self._write = write

    def __call__(self, event: LogEvent) -> None:
        if line := self._encode(event):
            self._write(line)


class DaemonLog:
    """Lines on a file descriptor.

    Args:
        settings: form and levels. `auto` is text on a terminal and JSON anywhere else.
        environment: tells whether the journal is at the other end; then each line begins with its priority.
        fd: where to.
        capacity: see `LineWriter`.

    Attributes:
        observer: for Twisted's log.
    """

    def __init__(
        self, settings: LogSettings, environment: Mapping[str, str], fd: int = 1, capacity: int = CAPACITY
    ) -> None:
        is_text = settings.form == TEXT or (settings.form == AUTO and os.isatty(fd))
        self._line = text_line if is_text else json_line
        self._is_journal = is_journal(fd, environment)
        self._writer = LineWriter(fd, self._describe, capacity)
        self._levels = LogLevelFilterPredicate()
        self.set_levels(settings)
        self.observer = FilteringLogObserver(_Lines(self._encode, self._writer.write), [self._levels])
        atexit.register(self.close)

    @property
    def lost(self) -> int:
        """How many lines nobody took, or could not be written."""
        return self._writer.lost

    def set_levels(self, settings: LogSettings) -> None:
        """What is logged from now on; the form stays as it was."""
        self._levels.clearLogLevels()
        for namespace, level in settings.levels:
            self._levels.setLogLevelForNamespace(namespace, LogLevel.levelWithName(level))

    def close(self) -> None:
        """Waits until all is written, for two seconds at most. May be called repeatedly."""
        atexit.unregister(self.close)
        self._writer.close()

    def _encode(self, event: LogEvent) -> bytes:
        text = self._line(event)
        if self._is_journal:
            text = prefixed(text, level_of(event))
        return text.encode("utf-8", "replace")

    def _describe(self, count: int) -> bytes:
        return self._encode(
            {
                "log_format": "{count} lines of this log were lost: nobody took them",
                "log_level": LogLevel.warn,
                "log_namespace": __name__,
                "log_time": time.time(),
                "event": "log.lost",
                "count": count,
            }
        )


def is_left_to_us(twistd: Mapping[str, Any] | None) -> bool:
    """Whether twistd was not told to write the log itself (`--logfile`, `--syslog`, `--logger`), and stays in front.

    Args:
        twistd: its options; None: it is not twistd that starts us.
    """
    if twistd is None or twistd.get("syslog") or twistd.get("logger"):
        return False
    return bool(twistd.get("nodaemon")) and twistd.get("logfile") in (None, "", "-")


class Logged(MultiService):
    """Services whose log is this one: twistd asks the application that it hangs them on for an observer.

    Args:
        observer: of Twisted's log.
    """

    def __init__(self, observer: ILogObserver) -> None:
        super().__init__()
        self._observer = observer

    def setServiceParent(self, parent: object) -> None:
        """twistd: becomes a part of the application."""
        if isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self._observer)
        super().setServiceParent(parent)
