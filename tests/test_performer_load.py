"""Tests of what a performer does under load: fewer partials, and a word on what it holds."""

from __future__ import annotations

from alie import events as on
from alie.errors import EngineUnavailable
from alie.performer import Performer
from alie.surroundings import Surroundings
from tests.support.driving import FRAME, final, partial
from tests.test_performer import STOP, PerformerCase


class LoadCase(PerformerCase):
    """A performer among others."""

    def setUp(self) -> None:
        super().setUp()
        self.around = Surroundings()
        self.performer = Performer(self.session, self.engine, self.socket, self.clock, self.metrics, self.around)

    def texts(self) -> list[object]:
        """Results that were sent, and none is told twice."""
        told = [one["text"] for one in self.socket.messages if one["type"] == "transcription_result"]
        self.socket.messages.clear()
        return told


class ThriftTests(LoadCase):
    """Partials are held back before the session names them."""

    def setUp(self) -> None:
        super().setUp()
        self.around.thrift.is_on = True
        self.stream = self.dictate()
        self.stream.tell(partial(text="1"))

    def test_the_newest_comes_with_the_next_audio(self) -> None:
        """Once it is due."""
        self.stream.tell(partial(text="12"), partial(text="123"))
        self.performer.receive(on.Audio(FRAME))
        self.assertEqual(self.texts(), ["1"])
        self.clock.advance(1)
        self.performer.receive(on.Audio(FRAME))
        self.assertEqual(self.texts(), ["123"])

    def test_finals_do_not_wait(self) -> None:
        """And what was held of the segment is not told behind them."""
        self.stream.tell(partial(text="12"), final(text="Word."))
        self.clock.advance(1)
        self.performer.receive(on.Audio(FRAME))
        self.assertEqual(self.texts(), ["1", "Word."])

    def test_an_engine_that_fails(self) -> None:
        """What is open ends with the newest that was heard of it, though nobody was shown it yet."""
        self.stream.tell(partial(text="12"))
        self.stream.fail(EngineUnavailable())
        self.assertEqual(self.texts(), ["1", "12", "12"])


class HolderTests(LoadCase):
    """What is held for the client."""

    def test_audio_and_text(self) -> None:
        """In bytes: of the audio what is not heard yet, and what is not final."""
        self.performer.open()
        self.socket.waiting_bytes = 7
        self.assertEqual(self.performer.holding().total_bytes, 7)
        stream = self.dictate()
        stream.backlog_s, stream.settled_s = 0.1, 0.056
        holding = self.performer.holding()
        self.assertEqual((holding.unheard_bytes, holding.text_bytes, holding.backlog_s), (3200, 7, 0.1))
        self.assertEqual(holding.kept_bytes, len(FRAME) - 1792)

    def test_ahead_of_time(self) -> None:
        """Audio that came sooner than it can have been spoken waits by itself; what is late is the engine's fault."""
        stream = self.dictate()
        stream.backlog_s = 0.2
        self.assertEqual((self.performer.holding().ahead_s, self.performer.holding().behind_s), (0.256, 0.0))
        self.clock.advance(0.2)
        self.assertAlmostEqual(self.performer.holding().behind_s or 0.0, 0.144)
        self.clock.advance(1)
        self.assertEqual(self.performer.holding().behind_s, 0.2)

    def test_known_for_as_long_as_it_lives(self) -> None:
        """From the first moment to the end of the session."""
        self.dictate()
        self.assertEqual(set(self.around.holders), {self.performer})
        self.performer.receive(on.Lost())
        self.assertEqual(set(self.around.holders), set())

    def test_held(self) -> None:
        """Its client is not read, for this cause."""
        self.dictate()
        self.performer.hold(True)
        self.performer.hold(False)
        self.assertEqual(self.events, ["pause memory", "resume memory"])

    def test_after_the_stop(self) -> None:
        """It is read again, and not held any more: its close must be seen."""
        self.engine.on_finish = lambda stream: None
        self.dictate()
        self.performer.hold(True)
        self.performer.receive(on.Text(STOP))
        self.performer.hold(True)
        self.assertEqual(self.events, ["pause memory", "resume", "resume memory", "finish"])
