"""Tests of alie.logs.daemon_log: which events are written, and in which form."""

from __future__ import annotations

import json
import os
import pty
from typing import Any

from twisted.application.service import Application, IServiceCollection, Service
from twisted.logger import ILogObserver, Logger, LogPublisher
from twisted.trial.unittest import SynchronousTestCase

from alie.log_settings import LogSettings
from alie.logs.daemon_log import DaemonLog, Logged, is_left_to_us
from tests.support.waiting import wait_until


class DaemonLogCase(SynchronousTestCase):
    """A log that ends in a pipe."""

    def open(self, settings: LogSettings | None = None, **environment: str) -> DaemonLog:
        """A log that writes to `self.fds`."""
        self.fds = os.pipe()
        for fd in self.fds:
            self.addCleanup(os.close, fd)
        return self.opened(DaemonLog(settings or LogSettings(), environment, self.fds[1]))

    def opened(self, log: DaemonLog) -> DaemonLog:
        """Loggers that end there."""
        self.addCleanup(log.close)
        publisher = LogPublisher(log.observer)
        self.log = Logger("alie.part", observer=publisher)
        self.other = Logger("twisted.part", observer=publisher)
        return log

    def said(self, log: DaemonLog) -> str:
        """All of it; nothing is taken any more."""
        log.close()
        return os.read(self.fds[0], 65536).decode()

    def say_all(self) -> None:
        """One event of each level, of ours and of others."""
        for logger in (self.log, self.other):
            for level in ("debug", "info", "warn", "error", "critical"):
                getattr(logger, level)(level, event="x")


class FormTests(DaemonLogCase):
    """What a line looks like."""

    def test_elsewhere_json(self) -> None:
        """Where no terminal is."""
        log = self.open()
        self.log.info("Hello", event="x")
        self.assertEqual(json.loads(self.said(log))["message"], "Hello")

    def test_text(self) -> None:
        """Where it is asked for."""
        log = self.open(LogSettings("text"))
        self.log.info("Hello", event="x")
        self.assertTrue(self.said(log).endswith("[alie.part#info] Hello\n"))

    def test_terminal(self) -> None:
        """Text, unless JSON is asked for."""
        for form, wanted in (("auto", "[alie.part#info] Hello"), ("json", '"message":"Hello"')):
            self.fds = pty.openpty()
            for fd in self.fds:
                self.addCleanup(os.close, fd)
            log = self.opened(DaemonLog(LogSettings(form), {}, self.fds[1]))
            self.log.info("Hello", event="x")
            self.assertIn(wanted, self.said(log))

    def test_journal(self) -> None:
        """Each line has its priority before it there."""
        self.open()
        status = os.fstat(self.fds[1])
        log = self.opened(DaemonLog(LogSettings(), {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}, self.fds[1]))
        self.log.warn("Hello", event="x")
        line = self.said(log)
        self.assertEqual((line[:3], json.loads(line[3:])["level"]), ("<4>", "warn"))

    def test_journal_text(self) -> None:
        """Each line of a traceback, too."""
        self.open()
        status = os.fstat(self.fds[1])
        environment = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        log = self.opened(DaemonLog(LogSettings("text"), environment, self.fds[1]))
        self.log.error("one\ntwo")
        self.assertEqual([line[:3] for line in self.said(log).splitlines()], ["<3>", "<3>"])


class LevelTests(DaemonLogCase):
    """What is written at all."""

    def levels(self, log: DaemonLog) -> list[tuple[str, str]]:
        """Which loggers said what."""
        records: list[Any] = [json.loads(line) for line in self.said(log).splitlines()]
        return [(record["logger"].partition(".")[0], record["level"]) for record in records]

    def test_default(self) -> None:
        """From information on."""
        log = self.open()
        self.say_all()
        wanted = ["info", "warn", "error", "critical"]
        self.assertEqual(self.levels(log), [(name, level) for name in ("alie", "twisted") for level in wanted])

    def test_by_part(self) -> None:
        """Each as it was set; from the next event on also otherwise."""
        log = self.open(LogSettings(levels=(("", "error"), ("alie.part", "debug"))))
        self.log.debug("one", event="x")
        self.other.info("two")
        log.set_levels(LogSettings(levels=(("", "warn"),)))
        self.log.info("three", event="x")
        self.other.warn("four")
        self.assertEqual(self.levels(log), [("alie", "debug"), ("twisted", "warn")])


class LostTests(DaemonLogCase):
    """Lines that nobody takes."""

    def test_told(self) -> None:
        """As an event like any other, once there is room again."""
        read, write = os.pipe()
        log = self.opened(DaemonLog(LogSettings(), {}, write, capacity=2))
        os.close(read)
        self.log.info("one", event="x")
        wait_until(lambda: log.lost == 1)
        self.fds = os.pipe()
        os.dup2(self.fds[1], write)
        for fd in (*self.fds, write):
            self.addCleanup(os.close, fd)
        self.log.info("two", event="x")
        told, two = (json.loads(line) for line in self.said(log).splitlines())
        self.assertEqual((told["event"], told["level"], told["count"], two["message"]), ("log.lost", "warn", 1, "two"))


class LoggedTests(SynchronousTestCase):
    """How twistd comes by the observer."""

    def test_asked(self) -> None:
        """The application has it, and the services are its own."""

        def observer(event: object) -> None: ...

        application, service = Application("x"), Service()
        logged = Logged(observer)  # type: ignore[arg-type]  # a function is an observer
        service.setServiceParent(logged)
        logged.setServiceParent(application)
        self.assertIs(application.getComponent(ILogObserver), observer)
        self.assertEqual(list(IServiceCollection(application)), [logged])


class TwistdTests(SynchronousTestCase):
    """Whether the log is ours to write."""

    def test_ours(self) -> None:
        """In front, on standard output."""
        for logfile in (None, "", "-"):
            self.assertTrue(is_left_to_us({"nodaemon": 1, "logfile": logfile, "syslog": 0, "logger": None}))

    def test_twistds(self) -> None:
        """In the background, or where twistd was told to write it; or without twistd."""
        for said in ({"nodaemon": 0}, {"logfile": "alie.log"}, {"syslog": 1}, {"logger": "my.observer"}):
            self.assertFalse(is_left_to_us({"nodaemon": 1, "logfile": None, **said}), said)
        self.assertFalse(is_left_to_us(None))
