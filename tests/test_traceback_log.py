"""Tests of alie.traceback_log: where something failed is told, what the exception says is not."""

from __future__ import annotations

import io
import logging
import sys
import threading
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger, LogPublisher, eventAsText, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from alie import traceback_log
from alie.traceback_log import BareFailure, LibraryHandler, make_bare

SECRET = "zyxquor blimfrast"


def fail() -> Failure:
    """A failure whose text, cause and variables hold what nobody may read."""
    kept = SECRET
    try:
        try:
            raise KeyError(kept)
        except KeyError as error:
            raise ValueError(f"cannot take {kept}") from error
    except ValueError:
        return Failure(captureVars=True)


class BareFailureTests(SynchronousTestCase):
    """What is left of a failure."""

    def test_places_and_types(self) -> None:
        """File, line and function, and both types."""
        told = BareFailure(fail()).getTraceback(detail="verbose")
        self.assertRegex(told, r"test_traceback_log\.py:\d+ in fail\n")
        self.assertIn("builtins.ValueError\nbecause of builtins.KeyError", told)

    def test_nothing_else(self) -> None:
        """However it is asked."""
        bare = BareFailure(fail())
        asked = (bare.getTraceback(detail="verbose"), bare.getBriefTraceback(), bare.getErrorMessage(), bare.value)
        self.assertNotIn("zyxquor", " ".join([*asked, str(bare), repr(bare), f"{bare.type}"]))

    def test_system_error(self) -> None:
        """Which one it is helps an operator; which file it was may be anybody's."""
        self.assertEqual(BareFailure(Failure(OSError(28, "x", SECRET))).value, "builtins.OSError ENOSPC")


class EventTests(SynchronousTestCase):
    """Events on their way to a log file."""

    def setUp(self) -> None:
        self.texts: list[str] = []
        self.publisher = LogPublisher(make_bare, self.keep)
        self.log = Logger(observer=self.publisher)

    def keep(self, event: Any) -> None:
        """As a log file would."""
        self.texts.append(eventAsText(event))

    def test_failure(self) -> None:
        """Logged as such, or only mentioned, whatever of it is mentioned."""
        self.log.failure("It failed: {log_failure.value}", fail())
        self.log.error("{reason} {reason.value} {why}", reason=fail(), why=ValueError(SECRET))
        told = "\n".join(self.texts)
        self.assertNotIn("zyxquor", told)
        self.assertIn("It failed: builtins.ValueError\nTraceback", told)
        self.assertIn("builtins.ValueError builtins.ValueError", self.texts[1])

    def test_unhandled_in_a_deferred(self) -> None:
        """Twisted logs these itself, to its own publisher: the events are as ours."""
        events: list[Any] = []
        globalLogPublisher.addObserver(events.append)
        self.addCleanup(globalLogPublisher.removeObserver, events.append)
        Deferred().errback(fail())
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        for event in events:
            self.publisher(dict(event))
        self.assertNotIn("zyxquor", "\n".join(self.texts))
        self.assertIn("builtins.ValueError", "\n".join(self.texts))


class ElsewhereTests(SynchronousTestCase):
    """Ways to stderr past Twisted's log."""

    def setUp(self) -> None:
        self.texts: list[str] = []
        self.publisher = LogPublisher()
        self.patch(threading, "excepthook", threading.excepthook)
        self.patch(sys, "unraisablehook", sys.unraisablehook)
        self.addCleanup(self.restore, logging.getLogger().handlers[:])
        traceback_log.guard(self.publisher)
        self.publisher.addObserver(lambda event: self.texts.append(eventAsText(event)))
        self.patch(traceback_log, "_log", Logger(observer=self.publisher))
        self.stderr = io.StringIO()
        self.patch(sys, "stderr", self.stderr)

    def restore(self, handlers: list[logging.Handler]) -> None:
        """The runner's own."""
        logging.getLogger().handlers[:] = handlers

    def assert_told(self, told: str) -> None:
        """In the log, and nothing on stderr."""
        self.assertIn(told, "\n".join(self.texts))
        self.assertNotIn("zyxquor", "\n".join(self.texts) + self.stderr.getvalue())

    def test_thread(self) -> None:
        """One that ends by an exception."""
        thread = threading.Thread(target=lambda: fail().raiseException())
        thread.start()
        thread.join()
        self.assert_told("A thread ended\nTraceback")

    def test_unraisable(self) -> None:
        """Raised while an object goes away."""

        class Going:
            def __del__(self) -> None:
                raise ValueError(SECRET)

        Going()
        self.assert_told("builtins.ValueError")

    def test_library(self) -> None:
        """By Python's own logging: who, where and what, once."""
        try:
            raise ValueError(SECRET)
        except ValueError:
            logging.getLogger("lib.part").exception("could not take %s", SECRET)
        self.assert_told("A library (lib.part) logged at level ERROR")
        self.assertIn(": builtins.ValueError", self.texts[0])

    def test_once(self) -> None:
        """However often it is guarded."""
        traceback_log.guard(self.publisher)
        kept = [handler for handler in logging.getLogger().handlers if isinstance(handler, LibraryHandler)]
        self.assertEqual(len(kept), 1)
