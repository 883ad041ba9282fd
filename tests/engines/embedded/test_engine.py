"""The engine around its streams, with a scripted workshop."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.bridge import Bridge
from alie.engines.embedded import EmbeddedEngine, ModelError, ModelLocation
from alie.engines.embedded.hearing import Hearing, Utterance, Workshop
from alie.engines.interface import Engine
from alie.errors import Capacity, EngineRejected, EngineUnavailable
from alie.speech import StreamSpec
from tests.engines.fakes import QueueReactor, RecordingListener, ScriptedWorkshop, ThreadlessPool

SPEC = StreamSpec("id", "fr-CA", 16000)
UTTERANCE = Utterance(0, 0.0, 1.0, 1.0, 1.0, None)


class EngineTests(SynchronousTestCase):
    """Seats, readiness, and the end."""

    def setUp(self) -> None:
        self.clock = QueueReactor()
        self.pool = ThreadlessPool()
        self.workshop = ScriptedWorkshop([Hearing((UTTERANCE,), None)])
        self.listener = RecordingListener()
        self.engine = self.make()

    def make(self, error: Exception | None = None) -> EmbeddedEngine:
        def load() -> Workshop:
            if error is not None:
                raise error
            return self.workshop

        bridge = Bridge(self.clock, workers=2, pool=self.pool)
        return EmbeddedEngine(self.clock, ModelLocation(Path("/none")), 2, bridge=bridge, load=load)

    def work(self) -> None:
        while self.pool.waiting:
            self.pool.perform()
            self.clock.settle()

    def test_interface(self) -> None:
        engine: Engine = self.engine
        self.assertEqual((engine.name, engine.seats, engine.has_speaker_labels), ("embedded", 6, False))

    def test_problems(self) -> None:
        """It has one until the model is loaded, and again once stopped."""
        self.assertEqual(len(self.engine.problems()), 1)
        self.engine.start()
        self.assertIn("being loaded", self.engine.problems()[0])
        self.work()
        self.assertEqual(self.engine.problems(), [])
        self.successResultOf(self.engine.stop())
        self.assertEqual(len(self.engine.problems()), 1)
        self.assertRaises(EngineUnavailable, self.engine.open, SPEC, self.listener)

    def test_opened_before_it_is_loaded(self) -> None:
        """Audio is kept until it is."""
        self.engine.start()
        stream = self.engine.open(SPEC, self.listener)
        stream.feed(bytes(32000))
        self.assertEqual(self.listener.events, [])
        self.work()
        self.assertEqual(self.listener.text, "Final.")

    def test_seats(self) -> None:
        """Each stream takes a seat until it is gone."""
        self.engine.start()
        self.work()
        streams = [self.engine.open(SPEC, RecordingListener()) for _ in range(6)]
        self.assertRaises(Capacity, self.engine.open, SPEC, self.listener)
        self.assertEqual(self.engine.open_streams, 6)
        streams[0].abort()
        streams[1].finish()
        self.work()
        self.assertEqual(self.engine.open_streams, 4)
        self.engine.open(SPEC, self.listener)

    def test_parameters(self) -> None:
        """Other languages and rates are rejected."""
        for spec in (
            StreamSpec("id", "de-DE", 16000),
            StreamSpec("id", "fr-CA", 7999),
            StreamSpec("id", "fr-CA", 48001),
        ):
            self.assertRaises(EngineRejected, self.engine.open, spec, self.listener)

    def test_model_that_cannot_be_loaded(self) -> None:
        """The waiting streams fail, later ones are refused, and the operator is told why."""
        for error, expected in ((ModelError("No model there"), "No model there"), (OSError("x"), "OSError")):
            engine = self.make(error)
            listener = RecordingListener()
            engine.start()
            engine.open(SPEC, listener)
            self.work()
            ((name, told),) = listener.events
            self.assertEqual((name, type(told)), ("failed", EngineUnavailable))
            self.assertRaises(EngineUnavailable, engine.open, SPEC, self.listener)
            self.assertIn(expected, engine.problems()[0])
            self.assertEqual(engine.open_streams, 0)
            self.assertEqual(len(self.flushLoggedErrors(type(error))), 1)

    def test_stop(self) -> None:
        """Streams are aborted; it ends when the last job has."""
        self.engine.start()
        self.work()
        stream = self.engine.open(SPEC, self.listener)
        stream.feed(bytes(32000))
        stopped = self.engine.stop()
        self.assertNoResult(stopped)
        self.work()
        self.successResultOf(stopped)
        self.assertEqual((self.listener.events, self.engine.open_streams), ([], 0))

    def test_stop_while_loading(self) -> None:
        self.engine.start()
        stopped = self.engine.stop()
        self.work()
        self.successResultOf(stopped)
        self.assertEqual(len(self.engine.problems()), 1)

    def test_figures(self) -> None:
        """What metrics read."""
        self.engine.start()
        self.assertEqual((self.engine.busy_workers, self.engine.queued_jobs), (1, 0))
        self.clock.advance(1.5)
        self.work()
        self.assertEqual((self.engine.busy_workers, self.engine.decode_seconds), (0, 1.5))
