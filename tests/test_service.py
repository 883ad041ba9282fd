"""Tests of alie.service and alie.tap: the daemon is assembled, listens, drains and stops; options win over the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import txaio
from twisted.internet.defer import Deferred, succeed
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from alie import config
from alie.audit.errors import AuditError
from alie.parts import Parts
from alie.service import AlieService
from alie.tap import Options
from tests.support.memory_web import UPGRADE, Connection, FakeListening, client_frame, request
from tests.support.scripted_engine import ScriptedEngine


class ServiceCase(SynchronousTestCase):
    """A started service on a reactor in memory."""

    def setUp(self) -> None:
        self.addCleanup(setattr, txaio.config, "loop", getattr(txaio.config, "loop", None))
        self.reactor = MemoryReactorClock()
        self.engine = ScriptedEngine()

    def start(self, **settings: str) -> AlieService:
        """With these settings."""
        listening: Any = FakeListening()
        service = AlieService(self.reactor, config.read(settings), (self.engine, "For the tests."), listening)
        service.startService()
        return service

    def connect(self, service: AlieService, **fields: Any) -> Connection:
        """A dictating client."""
        connection = Connection(service.site)
        connection.send(request("/ws", headers=UPGRADE))
        connection.response()
        connection.start(**fields)
        connection.speak()
        connection.frames()
        return connection


class StartTests(ServiceCase):
    """It listens, makes the engine ready, and says where it is."""

    def test_start(self) -> None:
        """The socket that was taken first is the one that is served."""
        with capturedLogs() as logs:
            self.start(DATABASE_URL="postgres://u:secret@h/d")
        self.assertEqual(len(self.reactor.adoptedPorts), 1)
        self.assertEqual(self.engine.events, ["start"])
        said = [log["log_format"].format(**log) for log in logs]
        self.assertIn("DATABASE_URL is set and has no effect", said)
        self.assertEqual(said[-1], "Alie listens on http://127.0.0.1:3001")

    def test_seats(self) -> None:
        """The operator's number, but never more than the engine can serve."""
        self.engine.seats = 4
        self.assertEqual([self.start(ALIE_MAX_SESSIONS=number)._seats() for number in ("0", "2", "9")], [4, 2, 4])


class GivingUpTests(ServiceCase):
    """A part that cannot be made ready: the daemon ends, and what was started before is stopped."""

    def give_up(self, is_asked_to_stop: bool = False) -> tuple[AlieService, list[str]]:
        """A daemon whose second part fails; perhaps while a stop is under way already."""
        events: list[str] = []
        failing: Deferred[None] = Deferred()

        class First:
            def start(self) -> None:
                events.append("start")

            def stop(self) -> Deferred[None]:
                events.append("stop")
                return succeed(None)

        class Second(First):
            def start(self) -> Deferred[None]:
                return failing

        listening: Any = FakeListening()
        parts = Parts(members=(First(), Second()))
        service = AlieService(self.reactor, config.read({}), (self.engine, "For the tests."), listening, parts)
        service.startService()
        stopping = service.stopService() if is_asked_to_stop else None
        with capturedLogs() as logs:
            failing.errback(AuditError("Another daemon writes there"))
        self.assertIn("Alie cannot start: Another daemon writes there", [formatEvent(log) for log in logs])
        self.successResultOf(stopping or service.stopService())
        return service, events

    def test_the_reactor_is_stopped_once_it_runs(self) -> None:
        """A part may fail before it does, when it cannot be stopped yet."""
        service, events = self.give_up()
        self.assertEqual((service.has_failed, events), (True, ["start", "stop"]))
        self.assertEqual((self.reactor.hasStopped, self.reactor.adoptedPorts), (False, []))
        self.reactor.run()
        self.assertTrue(self.reactor.hasStopped)

    def test_while_it_is_being_stopped(self) -> None:
        """Nobody stops the reactor twice."""
        service, events = self.give_up(is_asked_to_stop=True)
        self.assertEqual((service.has_failed, events), (True, ["start", "stop"]))
        self.assertEqual((self.reactor.hasStopped, self.reactor.whenRunningHooks), (False, []))


class EndingTests(ServiceCase):
    """Every part that was started is stopped, so that the audit log, say, gets its last head."""

    def test_a_part_that_fails_at_its_end(self) -> None:
        """Those that are stopped after it are stopped all the same; its kind is told, and not its text."""
        events: list[str] = []

        class First:
            def start(self) -> None:
                pass

            def stop(self) -> Deferred[None]:
                events.append("stop")
                return succeed(None)

        class Failing(First):
            def stop(self) -> Deferred[None]:
                raise OSError("a secret")

        listening: Any = FakeListening()
        parts = Parts(members=(First(), Failing()))
        service = AlieService(self.reactor, config.read({}), (self.engine, "For the tests."), listening, parts)
        service.startService()
        with capturedLogs() as logs:
            self.successResultOf(service.stopService())
        self.assertEqual(events, ["stop"])
        said = " ".join(formatEvent(log) for log in logs)
        self.assertIn("Failing did not end well: OSError", said)
        self.assertNotIn("a secret", said)


class StopTests(ServiceCase):
    """It takes no one new, lets dictations end, and then is gone, in the time it was given."""

    def test_idle(self) -> None:
        """At once; nothing is left."""
        service = self.start()
        self.successResultOf(service.stopService())
        self.assertEqual((self.engine.events, self.reactor.getDelayedCalls()), (["start", "stop"], []))

    def test_a_client_that_stops_in_time(self) -> None:
        """As soon as it is gone, all is."""
        service = self.start()
        connection = self.connect(service)
        stopping = service.stopService()
        self.reactor.advance(3)
        connection.say("stop_transcription")
        self.assertNoResult(stopping)
        connection.send(client_frame(b"\x03\xe8", 8))
        self.successResultOf(stopping)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_a_client_that_does_not(self) -> None:
        """It gets its last words before the end, and is dropped if it does not close even then."""
        service = self.start(ALIE_DRAIN_SECONDS="20")
        connection = self.connect(service)
        stopping = service.stopService()
        self.reactor.pump([1] * 15)
        self.assertEqual(connection.frames()[-1].close[0], 1001)
        self.reactor.pump([1] * 5)
        self.assertFalse(connection.is_open)
        self.successResultOf(stopping)

    def test_an_engine_that_never_finishes(self) -> None:
        """The close comes before the time is up."""
        self.engine.on_finish = lambda stream: None
        service = self.start(ALIE_DRAIN_SECONDS="20")
        connection = self.connect(service)
        service.stopService()
        self.reactor.pump([1] * 19)
        self.assertEqual(connection.frames()[-1].close[0], 1001)
        connection.send(client_frame(b"\x03\xe9", 8))

    def test_no_time(self) -> None:
        """ALIE_DRAIN_SECONDS=0 drops everyone."""
        service = self.start(ALIE_DRAIN_SECONDS="0")
        connection = self.connect(service)
        stopping = service.stopService()
        self.reactor.pump([0.01] * 5)
        self.assertFalse(connection.is_open)
        self.successResultOf(stopping)


class OptionTests(SynchronousTestCase):
    """An option wins over the environment, and that over the file; no file is read unasked."""

    def settings(self, *arguments: str, **environment: str) -> dict[str, str]:
        """What was set."""
        options = Options()
        options.parseOptions(arguments)
        return options.sources(environment).read()

    def file(self, text: str) -> str:
        """A settings file."""
        path = Path(self.mktemp())
        path.write_text(text)
        return str(path)

    def test_nothing_given(self) -> None:
        """The environment alone."""
        self.assertEqual(self.settings(PORT="1"), {"PORT": "1"})

    def test_precedence(self) -> None:
        """Name by name."""
        path = self.file("PORT=1\nHOST=10.0.0.1\nAWS_REGION=ca-central-1\n# a comment\nEMPTY\n")
        found = self.settings("--env-file", path, "--port", "3", PORT="2", HOST="10.0.0.2")
        self.assertEqual(found, {"PORT": "3", "HOST": "10.0.0.2", "AWS_REGION": "ca-central-1"})

    def test_all_options(self) -> None:
        """Each under its name in the environment."""
        found = self.settings("--host", "::1", "-p", "0", "--model-dir", "/models")
        self.assertEqual(found, {"HOST": "::1", "PORT": "0", "ALIE_MODEL_DIR": "/models"})

    def test_secrets_with_dollars(self) -> None:
        """A file is not a shell: nothing in it is expanded."""
        self.assertEqual(
            self.settings("-e", self.file("ALIE_METRICS_TOKEN=a$HOME${PATH}"))["ALIE_METRICS_TOKEN"], "a$HOME${PATH}"
        )

    def test_refusals(self) -> None:
        """One line, on which Python exits with 1."""
        for arguments in (["--loud"], ["stray"]):
            with self.assertRaises(SystemExit) as caught:
                self.settings(*arguments)
            self.assertTrue(str(caught.exception.code).startswith("alie: "))
            self.assertNotIn("\n", str(caught.exception.code))
