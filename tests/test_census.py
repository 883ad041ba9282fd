"""Tests of alie.census: what it counts; and that of a session nothing lives on, whichever way it ended."""

from __future__ import annotations

import gc
from typing import Any

from prometheus_client import CollectorRegistry
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from alie.census import KINDS, Census
from alie.errors import Internal
from tests.support.driving import final
from tests.support.memory_web import Connection, client_frame
from tests.test_service import ServiceCase


class Thing:
    """Something that can be counted."""


class CountTests(SynchronousTestCase):
    """What is told."""

    def setUp(self) -> None:
        self.reactor = MemoryReactorClock()
        self.registry = CollectorRegistry()
        self.census = Census(self.reactor, self.registry)

    def value(self, name: str, **labels: str) -> float | None:
        """Of a gauge."""
        return self.registry.get_sample_value(name, labels)

    def test_objects(self) -> None:
        """By kind, for as long as somebody holds them."""
        thing = Thing()
        self.census.count(session=thing, socket=thing)
        self.assertEqual([self.value("alie_objects", kind=kind) for kind in KINDS], [1, 0, 1])
        del thing
        self.assertEqual([self.value("alie_objects", kind=kind) for kind in KINDS], [0, 0, 0])

    def test_an_unknown_kind(self) -> None:
        """Is an error of ours."""
        self.assertRaises(KeyError, self.census.count, dog=Thing())

    def test_the_reactor(self) -> None:
        """Timers that wait."""
        call = self.reactor.callLater(3, lambda: None)
        self.assertEqual(self.value("alie_reactor_delayed_calls"), 1)
        call.cancel()
        self.assertEqual(self.value("alie_reactor_delayed_calls"), 0)

    def test_the_process(self) -> None:
        """Memory and descriptors, from the system."""
        for name in ("process_resident_memory_bytes", "process_open_fds", "alie_memory_blocks"):
            self.assertGreater(self.value(name) or 0, 0, name)


class GarbageTests(ServiceCase):
    """Of an ended session nothing is left, at once: not until some collection of garbage, which a quiet daemon may not
    make for days, and a busy one only after thousands of sessions."""

    def setUp(self) -> None:
        super().setUp()
        self.service = self.start()
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)

    def living(self) -> dict[str, float | None]:
        """How many there are of each kind."""
        value = self.service.metrics.registry.get_sample_value
        return {kind: value("alie_objects", {"kind": kind}) for kind in KINDS}

    def assert_gone(self) -> None:
        self.reactor.advance(0)
        self.engine.streams.clear()
        self.assertEqual(self.living(), dict.fromkeys(KINDS, 0))

    def dictate(self, **fields: Any) -> Connection:
        """A session under way that has heard and told something."""
        connection = self.connect(self.service, **fields)
        self.engine.stream.tell(final(text="Échec."))
        self.assertEqual(self.living(), dict.fromkeys(KINDS, 1))
        return connection

    def test_complete(self) -> None:
        """It stopped as it should."""
        connection = self.dictate()
        connection.say("stop_transcription")
        connection.send(client_frame(b"\x03\xe8", 8))
        del connection
        self.assert_gone()

    def test_a_bare_disconnect(self) -> None:
        """Of a client that cannot resume."""
        connection = self.dictate()
        connection.transport.loseConnection()
        del connection
        self.assert_gone()

    def test_a_failed_engine(self) -> None:
        """The session ends, and the client goes."""
        connection = self.dictate()
        self.engine.stream.fail(Internal())
        connection.send(client_frame(b"\x03\xf3", 8))
        del connection
        self.assert_gone()
