"""Tests of alie.notify: datagrams to a service manager, on a real socket."""

from __future__ import annotations

import os
import time

from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from alie.notify import Notify
from tests.support.manager import Manager


class TellTests(SynchronousTestCase):
    """What is sent."""

    def test_nobody_listens(self) -> None:
        """Nothing is sent where nobody asked; nor to an address of another kind."""
        for environ in ({}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "@"}, {"NOTIFY_SOCKET": "vsock:2:1"}):
            notify = Notify(environ)
            notify.tell(READY=1)
            self.assertFalse(notify.is_heard)

    def test_a_datagram(self) -> None:
        """One, with all lines; to a file or to an abstract address."""
        for is_abstract in (False, True):
            manager = Manager(self, is_abstract=is_abstract)
            notify = Notify(manager.environ)
            notify.tell(READY=1, STATUS="3 dictations = fine")
            notify.tell(WATCHDOG=1)
            self.assertEqual(manager.heard(), [{"READY": "1", "STATUS": "3 dictations = fine"}, {"WATCHDOG": "1"}])

    def test_a_reload(self) -> None:
        """With the time by the clock that the manager has, too."""
        manager = Manager(self)
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        Notify(manager.environ).tell_of_reload()
        (told,) = manager.heard()
        self.assertEqual(told["RELOADING"], "1")
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.assertTrue(before <= int(told["MONOTONIC_USEC"]) <= after)

    def test_the_manager_is_gone(self) -> None:
        """It is logged once, and again only after it was there."""
        manager = Manager(self)
        notify = Notify(manager.environ)
        name = manager.environ["NOTIFY_SOCKET"]
        os.rename(name, name + "-")
        with capturedLogs() as logs:
            notify.tell(WATCHDOG=1)
            notify.tell(WATCHDOG=1)
            os.rename(name + "-", name)
            notify.tell(WATCHDOG=1)
            os.unlink(name)
            notify.tell(WATCHDOG=1)
        sentence = "The service manager cannot be told how it goes: No such file or directory"
        self.assertEqual([formatEvent(log) for log in logs], [sentence] * 2)


class WatchdogTests(SynchronousTestCase):
    """How long silence may last."""

    def watchdog_s(self, **environ: str) -> float:
        """As a process with the number 7 finds it."""
        return Notify({"NOTIFY_SOCKET": "/run/notify", **environ}, 7).watchdog_s

    def test_a_watchdog(self) -> None:
        """Of this process, or of whichever it is."""
        self.assertEqual(self.watchdog_s(WATCHDOG_USEC="30000000"), 30)
        self.assertEqual(self.watchdog_s(WATCHDOG_USEC="1500000", WATCHDOG_PID="7"), 1.5)

    def test_none(self) -> None:
        """None asked for, one for another process, one without a way to feed it, and what is no number."""
        self.assertEqual(self.watchdog_s(), 0)
        self.assertEqual(self.watchdog_s(WATCHDOG_USEC="30000000", WATCHDOG_PID="8"), 0)
        self.assertEqual(Notify({"WATCHDOG_USEC": "30000000"}).watchdog_s, 0)
        for text in ("0", "", "-1", "soon", "1" * 5000):
            self.assertEqual(self.watchdog_s(WATCHDOG_USEC=text), 0)
