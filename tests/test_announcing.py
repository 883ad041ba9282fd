"""Tests of alie.announcing: what a service manager hears of a daemon from its start to its end, on a test's clock."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.protocol import Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs, formatEvent
from twisted.test.iosim import connectedServerAndClient
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import Site

from alie.announcing import CLOSING_S, PATIENCE_S, Announcer, Subject, ask, reachable
from alie.notify import Notify
from tests.support.manager import Manager

READY = {"READY": "1", "STATUS": "0 dictations"}


class AnnouncerCase(SynchronousTestCase):
    """An announcer that was started."""

    watchdog_s = 0.0

    def setUp(self) -> None:
        self.manager = Manager(self, watchdog_s=self.watchdog_s)
        self.reactor: Any = MemoryReactorClock()
        self.listening: Deferred[None] = Deferred()
        self.checks: list[Deferred[None]] = []
        self.problems: list[str] = []
        self.dictations = 0
        self.missed: list[str] = []
        self.reloaded = 0
        subject = Subject(
            listening=self.listening,
            check=self.check,
            problems=lambda: self.problems,
            dictations=lambda: self.dictations,
            reload=self.reload,
            drain_s=20,
        )
        self.announcer = Announcer(self.reactor, Notify(self.manager.environ), subject)
        self.announcer.startService()

    def check(self) -> Deferred[None]:
        """Answered by the test."""
        self.checks.append(Deferred())
        return self.checks[-1]

    def reload(self) -> list[str]:
        """Told by the test."""
        self.reloaded += 1
        return self.missed

    def serve(self) -> None:
        """It listens, and answers."""
        self.listening.callback(None)
        self.checks[-1].callback(None)

    def end(self) -> None:
        """The reactor has ended."""
        for trigger, _, _ in self.reactor.triggers["after"]["shutdown"]:
            trigger()


class ReadyTests(AnnouncerCase):
    """When it is ready."""

    def test_after_it_has_listened_and_answered(self) -> None:
        """Neither alone is enough."""
        self.reactor.pump([0.25] * 4)
        self.assertEqual(self.manager.heard(), [{"STATUS": "Starting"}])
        self.listening.callback(None)
        self.reactor.pump([0.25] * 4)
        self.assertEqual(self.manager.heard(), [])
        self.checks[0].callback(None)
        self.assertEqual(self.manager.heard(), [READY])

    def test_an_answer_that_does_not_come(self) -> None:
        """It is asked again, and not ready until it answers."""
        self.listening.callback(None)
        with capturedLogs() as logs:
            self.checks[0].errback(ConnectionRefusedError())
        self.assertEqual(
            [formatEvent(log) for log in logs], ["The daemon does not answer itself: ConnectionRefusedError"]
        )
        self.reactor.advance(PATIENCE_S * 2)
        self.assertEqual((len(self.checks), self.manager.heard()), (2, [{"STATUS": "Starting"}]))
        self.checks[1].callback(None)
        self.assertEqual(self.manager.heard(), [READY])

    def test_an_engine_that_is_made_ready(self) -> None:
        """It is waited for, so that a restart that has succeeded is a daemon that hears."""
        self.problems = ["The model is being loaded"]
        self.serve()
        self.reactor.pump([0.25] * 4)
        self.assertNotIn("READY", str(self.manager.heard()))
        self.problems = []
        self.reactor.advance(0.25)
        self.assertEqual(self.manager.heard(), [READY])

    def test_an_engine_that_stays_away(self) -> None:
        """Not for ever: it may come later, and a daemon that is stopped would not see it."""
        self.problems = ["Amazon does not answer"]
        self.serve()
        self.reactor.pump([0.25] * 4 * (PATIENCE_S - 1))
        self.assertNotIn("READY", str(self.manager.heard()))
        self.reactor.pump([0.25] * 4)
        status = "0 dictations; takes no new ones: Amazon does not answer"
        self.assertEqual(self.manager.heard(), [{"READY": "1", "STATUS": status}])

    def test_stopped_before(self) -> None:
        """Then it never was."""
        self.listening.callback(None)
        self.announcer.stopService()
        self.checks[0].callback(None)
        self.reactor.pump([0.25] * 4)
        self.assertNotIn("READY", str(self.manager.heard()))

    def test_stopped_while_it_does_not_answer(self) -> None:
        """It is not asked any more."""
        self.listening.callback(None)
        self.announcer.stopService()
        self.checks[0].errback(ConnectionRefusedError())
        self.reactor.advance(5)
        self.assertEqual(len(self.checks), 1)


class StatusTests(AnnouncerCase):
    """What `systemctl status` shows."""

    def test_changes(self) -> None:
        """Are told within seconds, once."""
        self.serve()
        self.manager.heard()
        self.dictations = 1
        self.reactor.pump([5] * 3)
        self.assertEqual(self.manager.heard(), [{"STATUS": "1 dictation"}])
        self.problems = ["Every seat is taken", "Memory is short"]
        self.reactor.pump([5] * 3)
        status = "1 dictation; takes no new ones: Every seat is taken; Memory is short"
        self.assertEqual(self.manager.heard(), [{"STATUS": status}])


class ReloadTests(AnnouncerCase):
    """SIGHUP."""

    def test_told(self) -> None:
        """That it begins, and that it has ended."""
        self.serve()
        self.manager.heard()
        self.announcer.reload()
        begun, ended = self.manager.heard()
        self.assertEqual((begun["RELOADING"], ended, self.reloaded), ("1", READY, 1))

    def test_a_part_that_could_not_be(self) -> None:
        """It is shown until the next reload."""
        self.serve()
        self.missed = ["certificates"]
        self.announcer.reload()
        self.assertEqual(self.manager.heard()[-1]["STATUS"], "Not reloaded: certificates. 0 dictations")
        self.missed = []
        self.announcer.reload()
        self.assertEqual(self.manager.heard()[-1]["STATUS"], "0 dictations")

    def test_while_it_starts(self) -> None:
        """It is done, and does not make it ready."""
        self.announcer.reload()
        self.assertEqual((self.reloaded, self.manager.heard()), (1, []))

    def test_while_it_goes_down(self) -> None:
        """Nothing is taken up any more."""
        self.serve()
        self.announcer.stopService()
        self.manager.heard()
        self.announcer.reload()
        self.assertEqual((self.reloaded, self.manager.heard()), (0, []))


class StopTests(AnnouncerCase):
    """Its end."""

    def test_told(self) -> None:
        """With the time it may take, whatever the unit says; then how many dictations are left."""
        self.serve()
        self.manager.heard()
        self.dictations = 2
        self.announcer.stopService()
        expected = {
            "STOPPING": "1",
            "EXTEND_TIMEOUT_USEC": str((20 + CLOSING_S) * 1_000_000),
            "STATUS": "Going down: 2 dictations left",
        }
        self.assertEqual(self.manager.heard(), [expected])
        self.dictations = 1
        self.reactor.advance(5)
        self.assertEqual(self.manager.heard(), [{"STATUS": "Going down: 1 dictation left"}])

    def test_nothing_is_left(self) -> None:
        """No timer."""
        self.serve()
        self.announcer.stopService()
        self.end()
        self.assertEqual(self.reactor.getDelayedCalls(), [])


class WatchdogTests(AnnouncerCase):
    """It is fed as long as the reactor turns."""

    watchdog_s = 30.0

    def test_fed(self) -> None:
        """From the start, twice as often as it must be, until the reactor has ended: a drain may be long."""
        feed = {"WATCHDOG": "1"}
        self.assertEqual(self.manager.heard(), [feed])
        self.serve()
        self.reactor.pump([15] * 4)
        self.announcer.stopService()
        self.reactor.pump([15] * 4)
        self.assertEqual(self.manager.heard().count(feed), 8)
        self.end()
        self.reactor.pump([15] * 4)
        self.assertEqual((self.manager.heard().count(feed), self.reactor.getDelayedCalls()), (0, []))

    def test_a_blocked_reactor(self) -> None:
        """Nothing is told, nor made up for afterwards."""
        self.manager.heard()
        self.reactor.advance(100)
        self.assertEqual(self.manager.heard().count({"WATCHDOG": "1"}), 1)


class AskTests(SynchronousTestCase):
    """The daemon asks itself."""

    def test_where(self) -> None:
        """At the address where it listens; one that stands for all is asked on loopback."""
        for url, there in (
            ("http://10.0.0.5:3001", "http://10.0.0.5:3001"),
            ("http://0.0.0.0:80", "http://127.0.0.1:80"),
            ("http://[::]:3001", "http://[::1]:3001"),
        ):
            self.assertEqual(reachable(url), there)

    def test_no_answer(self) -> None:
        """It is not waited for for ever."""
        reactor: Any = MemoryReactorClock()
        asking = ask(reactor, "http://127.0.0.1:3001")
        self.assertEqual(reactor.tcpClients[0][:2], ("127.0.0.1", 3001))
        reactor.advance(6)
        self.failureResultOf(asking)

    def ask(self, server: Any) -> tuple[Any, Any, Deferred[None]]:
        """Asks this server: the reactor, the client's end of the connection, the answer."""
        reactor: Any = MemoryReactorClock()
        asking = ask(reactor, "http://127.0.0.1:3001")
        _, _, factory, *_ = reactor.tcpClients[0]
        _, _, pump = connectedServerAndClient(lambda: server, lambda: factory.buildProtocol(None))
        pump.flush()
        return reactor, pump.clientIO, asking

    def answered(self, path: bytes) -> Deferred[None]:
        """By a server that has this path, and no other."""
        root = Resource()
        child = Resource()
        child.render_GET = lambda request: b"{}"  # type: ignore[attr-defined]
        root.putChild(path, child)
        return self.ask(Site(root, reactor=MemoryReactorClock()).buildProtocol(None))[2]  # type: ignore[arg-type]

    def test_answers(self) -> None:
        """200, and nothing else."""
        self.assertIsNone(self.successResultOf(self.answered(b"healthz")))
        self.failureResultOf(self.answered(b"elsewhere"), ConnectionError)

    def test_a_server_that_says_nothing(self) -> None:
        """Its connection is not kept."""
        reactor, end, asking = self.ask(Protocol())
        self.assertNoResult(asking)
        reactor.advance(6)
        self.failureResultOf(asking, TimeoutError)
        self.assertTrue(end.disconnecting)
