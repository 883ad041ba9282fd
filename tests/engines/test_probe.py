"""Tests of alie.engines.probe: one try, told once, whatever the engine does and when."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.probe import PROBE_S, Probe
from alie.errors import EngineUnavailable
from alie.speech import StreamSpec
from tests.engines.supervising import ScriptedAmazon, partial
from tests.support.scripted_engine import ScriptedStream


class ProbeTests(SynchronousTestCase):
    """Half a second of silence goes there, and the end comes back."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.engine = ScriptedAmazon()
        self.engine.on_finish = lambda stream: None
        self.outcomes: list[bool] = []
        self.probe = Probe(self.clock, self.engine, StreamSpec("probe", "fr-CA"), self.outcomes.append)

    def tearDown(self) -> None:
        self.assertEqual((self.engine.streams, self.clock.getDelayedCalls()), ([], []))

    def begin(self) -> ScriptedStream:
        """Begins, and gives its stream."""
        self.probe.begin()
        return self.engine.stream

    def test_it_works(self) -> None:
        """Only the end shows that: neither that it opens nor what it hears."""
        stream = self.begin()
        self.assertEqual((self.engine.events, len(stream.fed)), (["open", "feed", "finish"], 16000))
        stream.opened()
        stream.tell(partial())
        stream.flushed()
        stream.backlog(True)
        stream.status("live", "amazon")
        self.assertEqual(self.outcomes, [])
        stream.finished()
        self.assertEqual(self.outcomes, [True])

    def test_it_fails(self) -> None:
        self.begin().fail(EngineUnavailable())
        self.assertEqual(self.outcomes, [False])

    def test_it_takes_too_long(self) -> None:
        """It is dropped."""
        self.begin()
        self.clock.advance(PROBE_S - 0.1)
        self.assertEqual(self.outcomes, [])
        self.clock.advance(0.2)
        self.assertEqual((self.outcomes, self.engine.events[-1]), ([False], "abort"))

    def test_it_is_refused(self) -> None:
        self.engine.seats = 0
        self.probe.begin()
        self.assertEqual(self.outcomes, [False])

    def test_dropped(self) -> None:
        """Nothing is told."""
        self.begin()
        self.probe.abort()
        self.assertEqual(self.outcomes, [])

    def test_an_engine_that_answers_at_once(self) -> None:
        """Within any call; nothing more is asked of a stream that is gone."""

        def fail(stream: ScriptedStream) -> None:
            stream.fail(EngineUnavailable())

        for hook, events in (
            ("on_finish", ["open", "feed", "finish"]),
            ("on_feed", ["open", "feed"]),
            ("on_open", ["open"]),
        ):
            for outcome, answer in ((False, fail), (True, ScriptedStream.finished)):
                self.setUp()
                setattr(self.engine, hook, answer)
                self.probe.begin()
                self.assertEqual((self.outcomes, self.engine.events), ([outcome], events), hook)

    def test_dropped_while_it_is_opened(self) -> None:
        """By whoever hears of it meanwhile: no stream is left behind."""
        self.engine.on_open = lambda stream: self.probe.abort()
        self.probe.begin()
        self.assertEqual((self.outcomes, self.engine.events), ([], ["open", "abort"]))
