"""A stream by scripted ears and readings: which results come, in which order, and what happens when things break."""

from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.bridge import Bridge
from alie.engines.embedded.hearing import Begun, Hearing, Joint, Reading, Utterance
from alie.engines.embedded.policy import Policy
from alie.engines.embedded.stream import EmbeddedStream
from alie.engines.interface import Stream, StreamListener
from alie.engines.scheduling import Kind
from alie.errors import EngineUnavailable, Internal
from alie.speech import StreamSpec
from tests.engines.fakes import QueueReactor, RecordingListener, ScriptedWorkshop, ThreadlessPool

SPEC = StreamSpec("id", "en-US", 16000)
SECOND = bytes(32000)
NOTHING = Hearing((), None)


def utterance(end_s: float, silence_s: float = 0.0, number: int = 0) -> Utterance:
    return Utterance(number, 0.0, end_s - silence_s, end_s, end_s - silence_s, None)


def going_on(end_s: float, silence_s: float = 0.0, number: int = 0) -> Hearing:
    return Hearing((), utterance(end_s, silence_s, number))


def ended(*utterances: Utterance) -> Hearing:
    return Hearing(utterances, None)


class StreamCase(SynchronousTestCase):
    """A stream whose jobs run when `work` says so."""

    def setUp(self) -> None:
        self.clock = QueueReactor()
        self.pool = ThreadlessPool()
        self.bridge = Bridge(self.clock, workers=2, pool=self.pool)
        self.listener = RecordingListener()
        self.gone: list[EmbeddedStream] = []

    def open(self, *script: Hearing, spec: StreamSpec = SPEC, is_ready: bool = True) -> EmbeddedStream:
        self.workshop = ScriptedWorkshop(list(script))
        self.stream = EmbeddedStream(spec, self.listener, self.clock, self.bridge, Policy(), self.gone.append)
        if is_ready:
            self.stream.make_ready(self.workshop)
        return self.stream

    def work(self) -> None:
        """Runs jobs, and those that follow from them, until there are none."""
        while self.pool.waiting:
            self.pool.perform()
            self.clock.settle()

    def speak(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1.0)
            self.stream.feed(SECOND)
            self.work()


class ResultTests(StreamCase):
    """Partials, then one final for each segment."""

    def test_interfaces(self) -> None:
        """The stream is a Stream, the recorder a StreamListener."""
        stream: Stream = self.open()
        listener: StreamListener = self.listener
        self.assertIs(stream, self.stream)
        self.assertIs(listener, self.listener)

    def test_silence(self) -> None:
        self.open()
        self.speak(3)
        self.assertEqual(self.listener.events, [])

    def test_partial_then_final(self) -> None:
        self.open(going_on(1.0), ended(utterance(2.0, 0.6)))
        self.speak(2)
        told = [(one.segment_id, one.text, one.is_final) for one in self.listener.results]
        self.assertEqual(told, [("u0", "partial", False), ("u0", "Final.", True)])

    def test_partials_go_on_from_a_joint(self) -> None:
        """What two partials agree on is not heard again, and the language that it was heard in is kept."""
        self.open(*(going_on(length_s) for length_s in (1.0, 3.0, 5.0)), spec=replace(SPEC, language_code="auto"))
        self.workshop.partial = lambda one: Reading("x", "en", (1, 2), joints=(Joint(1, 0.6),))
        self.speak(3)
        self.assertEqual(self.workshop.begun, [Begun(), Begun(), Begun((1,), 0.6)])
        self.assertEqual([one.language for one in self.workshop.asked], [None, None, "en"])

    def test_no_partials_wanted(self) -> None:
        self.open(
            going_on(1.0), going_on(2.0, 0.4), ended(utterance(2.0, 0.6)), spec=replace(SPEC, wants_partials=False)
        )
        self.speak(3)
        self.assertEqual([one.text for one in self.listener.results], ["Final."])

    def test_read_ahead(self) -> None:
        """The final read while the speaker paused is told when the utterance ends, without reading it again."""
        self.open(going_on(2.0, 0.4), ended(utterance(2.2, 0.6)))
        self.speak(1)
        self.assertEqual([(one.text, one.is_final) for one in self.listener.results], [("Final.", False)])
        self.speak(1)
        self.assertEqual([one.is_final for one in self.listener.results], [False, True])
        self.assertEqual(len(self.workshop.asked), 1)

    def test_sentence(self) -> None:
        """A final read ahead that looks like a whole sentence ends the utterance, though the speaker goes on."""
        self.open(going_on(2.0, 0.25), going_on(2.25, 0.5), ended(utterance(2.25, 0.5)))
        self.workshop.final = lambda one: Reading("Sure.", "en", score=-0.1)
        self.clock.advance(3.0)
        self.stream.feed(SECOND)
        self.stream.feed(SECOND)
        self.work()
        # The third hearing takes no audio: it only tells the ear what is known.
        self.assertEqual([length for length, *_ in self.workshop.ear.heard], [32000, 32000, 0])
        self.assertEqual(self.workshop.ear.ended_at_s[-1], 1.75)
        self.assertEqual([(one.text, one.is_final) for one in self.listener.results][-1], ("Sure.", True))

    def test_sentence_in_a_short_pause(self) -> None:
        """While the pause is short, only the audio that comes can tell; once told, it is not told again."""
        self.open(going_on(2.0, 0.25), going_on(2.3), going_on(2.6), ended(utterance(4.0, 0.6)))
        self.workshop.final = lambda one: Reading("Sure.", "en", score=-0.1)
        self.speak(4)
        self.assertEqual(self.workshop.ear.ended_at_s, [None, 1.75, None, None])

    def test_read_ahead_in_vain(self) -> None:
        """When the speaker goes on, it was only a partial."""
        self.open(going_on(2.0, 0.4), going_on(2.1), ended(utterance(4.0, 0.6)))
        self.workshop.final = lambda one: Reading(f"Read at {one.end_s}", "en")
        self.speak(3)
        self.assertEqual(self.listener.text, "Read at 4.0")

    def test_read_ahead_counts_as_a_partial(self) -> None:
        """What was read ahead and shown is not read again until a second more was said; what was not shown, is."""
        for text, expected in (("Read.", [2.0, 3.1]), ("", [2.0, 2.2])):
            self.setUp()
            read: list[float] = []

            def partial(one: Utterance, read: list[float] = read) -> Reading:
                read.append(one.end_s)
                return Reading("Partial", "en")

            def final(one: Utterance, text: str = text, read: list[float] = read) -> Reading:
                read.append(one.end_s)
                return Reading(text, "en")

            self.open(going_on(2.0, 0.4), going_on(2.2), going_on(3.1))
            self.workshop.partial, self.workshop.final = partial, final
            self.speak(3)
            self.assertEqual(read, expected)

    def test_late_reading_ahead_serves_the_final(self) -> None:
        """An utterance that ends while it is read ahead waits for that reading."""
        self.open(going_on(2.0, 0.4), ended(utterance(2.2, 0.6)))
        self.stream.feed(SECOND)
        self.pool.perform()
        self.clock.settle()
        self.stream.feed(SECOND)
        self.pool.waiting.rotate(-1)
        self.work()
        self.assertEqual((self.listener.text, len(self.workshop.asked)), ("Final.", 1))

    def test_late_partial(self) -> None:
        """A partial that comes after the final of its segment is not told."""
        self.open(going_on(1.0), ended(utterance(2.0, 0.6)))
        self.clock.advance(1.0)
        self.stream.feed(SECOND)
        self.pool.perform()
        self.clock.settle()
        late = self.pool.waiting.popleft()
        self.speak(1)
        self.pool.waiting.append(late)
        self.work()
        self.assertEqual([one.is_final for one in self.listener.results], [True])

    def test_withdrawn(self) -> None:
        """What was shown and turns out to be nothing ends as an empty final."""
        self.open(going_on(1.0), ended(utterance(2.0, 0.6)))
        self.workshop.final = lambda one: Reading("", "en")
        self.speak(2)
        self.assertEqual([(one.text, one.is_final) for one in self.listener.results], [("partial", False), ("", True)])

    def test_never_shown(self) -> None:
        """What was not shown and turns out to be nothing is not told at all."""
        self.open(ended(utterance(2.0, 0.6)))
        self.workshop.final = lambda one: Reading("", "en")
        self.speak(1)
        self.assertEqual(self.listener.events, [])

    def test_two_utterances_at_once(self) -> None:
        """Finals come in the order of speech."""
        self.open(ended(utterance(2.0, 0.6, 0), utterance(4.0, 0.6, 1)))
        self.speak(1)
        self.assertEqual([one.segment_id for one in self.listener.finals], ["u0", "u1"])

    def test_vocabulary_and_language_are_asked_for(self) -> None:
        self.open(ended(utterance(2.0, 0.6)), spec=replace(SPEC, vocabulary=("Lasix",)))
        self.speak(1)
        self.assertEqual([(one.language, one.vocabulary) for one in self.workshop.asked], [("en", ("Lasix",))])

    def test_identification_is_asked_for(self) -> None:
        self.open(ended(utterance(2.0, 0.6)), spec=replace(SPEC, language_code="auto"))
        self.speak(1)
        self.assertEqual([one.language for one in self.workshop.asked], [None])
        self.assertEqual([one.language_code for one in self.listener.finals], ["en-US"])


class CrowdTests(StreamCase):
    """With every worker busy, partials become rarer, not later."""

    def setUp(self) -> None:
        super().setUp()
        self.others = [object(), object()]
        self.read: list[float] = []

    def open(self, *script: Hearing, spec: StreamSpec = SPEC, is_ready: bool = True) -> EmbeddedStream:
        """A stream among others, whose readings hold the workers until `work`."""
        stream = super().open(*script, spec=spec, is_ready=is_ready)

        def partial(one: Utterance) -> Reading:
            self.read.append(one.end_s)
            return Reading(f"Read at {one.end_s}", "en")

        self.workshop.partial = partial
        for other in self.others:
            self.bridge.run(other, Kind.PARTIAL, 0.0, lambda: None)
        return stream

    def listen(self, seconds: int) -> None:
        """Speaks while the readings of others go on."""
        for _ in range(seconds):
            self.clock.advance(1.0)
            self.stream.feed(SECOND)
            self.pool.waiting.rotate(1)
            self.pool.perform()
            self.clock.settle()

    def test_newest_state(self) -> None:
        """What was said while a partial waited is in it."""
        self.open(going_on(1.0), going_on(1.5), going_on(2.5))
        self.listen(3)
        self.work()
        self.assertEqual(self.read, [2.5])

    def test_superseded(self) -> None:
        """A partial that waits is not read any more once the final is read ahead, or the utterance has ended."""
        for script in ([going_on(1.0), going_on(2.0, 0.4)], [going_on(1.0), ended(utterance(2.0, 0.6))]):
            self.setUp()
            self.open(*script)
            self.listen(2)
            self.work()
            self.assertEqual((self.read, [one.text for one in self.listener.results]), ([], ["Final."]))

    def test_first_words_first(self) -> None:
        """Whose words are not shown yet is read before one who waits longer for more of them."""
        self.open(going_on(1.0))
        waiting = self.bridge.run(object(), Kind.PARTIAL, -10.0, lambda: self.read.append(0.0))
        self.listen(1)
        self.work()
        self.assertEqual(self.read, [1.0, 0.0])
        self.successResultOf(waiting)

    def test_longest_unread_first(self) -> None:
        """Among others, the turn is of the one whose last reading is the oldest, however new its audio."""
        self.open(going_on(1.0), going_on(4.0))
        self.listen(1)
        self.work()
        for other in self.others:
            self.bridge.run(other, Kind.PARTIAL, 0.0, lambda: None)
        for due_s in (-1.5, -0.5):  # The stream's audio is due at 2.0, of which 3.0 are not read.
            self.bridge.run(object(), Kind.PARTIAL, due_s, lambda due_s=due_s: self.read.append(due_s))  # type: ignore[misc]
        self.listen(1)
        self.work()
        self.assertEqual(self.read, [1.0, -1.5, 4.0, -0.5])


class MarkTests(StreamCase):
    """Flush and finish come after all that was said before them."""

    def test_flush(self) -> None:
        """It closes the open utterance; what follows is a new segment."""
        self.open(going_on(0.3), ended(utterance(1.0)), ended(utterance(2.0, 0.6, 1)))
        self.stream.feed(SECOND)
        self.stream.flush()
        self.work()
        self.assertEqual([closes for *_, closes in self.workshop.ear.heard], [False, True])
        self.assertEqual(self.listener.names, ["result", "flushed"])
        self.speak(1)
        self.assertEqual(self.listener.names, ["result", "flushed", "result"])

    def test_flush_in_silence(self) -> None:
        self.open()
        self.stream.flush()
        self.stream.flush()
        self.work()
        self.assertEqual(self.listener.names, ["flushed", "flushed"])

    def test_finish(self) -> None:
        """It drains, tells, and gives the seat back; nothing is taken afterwards."""
        self.open(ended(utterance(1.0)))
        self.stream.feed(SECOND)
        self.stream.finish()
        self.stream.finish()
        self.stream.feed(SECOND)
        self.work()
        self.assertEqual(self.listener.names, ["result", "finished"])
        self.assertEqual(self.gone, [self.stream])
        self.stream.flush()
        self.stream.feed(SECOND)
        self.work()
        self.assertEqual(self.listener.names, ["result", "finished"])

    def test_abort_out_of_a_result(self) -> None:
        """A listener may abort while it is told something."""
        self.open(ended(utterance(2.0, 0.6, 0), utterance(4.0, 0.6, 1)))
        self.listener.on_result = lambda result: self.stream.abort()  # type: ignore[method-assign]
        self.speak(1)
        self.assertEqual((self.listener.events, self.gone), ([], [self.stream]))


class SettledTests(StreamCase):
    """How much of the audio need not be kept by whoever speaks."""

    def test_in_silence(self) -> None:
        """All but what an utterance that is yet to begin may need."""
        self.open(replace(NOTHING, quiet_to_s=0.65))
        self.assertEqual(self.stream.settled_s, 0.0)
        self.speak(1)
        self.assertEqual(self.stream.settled_s, 0.65)

    def test_an_utterance(self) -> None:
        """From its beginning on it is not settled until its final is told; a later one may be open by then."""
        first, second = replace(utterance(2.0), start_s=0.5), replace(utterance(3.0, number=1), start_s=2.2)
        self.open(Hearing((), first), Hearing((first,), second, quiet_to_s=2.2))
        self.speak(1)
        self.assertEqual((self.stream.settled_s, self.listener.text), (0.5, ""))
        self.clock.advance(1.0)
        self.stream.feed(SECOND)
        self.pool.perform()
        self.clock.settle()
        self.assertEqual((self.stream.settled_s, self.listener.text), (0.5, ""))
        self.work()
        self.assertEqual((self.stream.settled_s, self.listener.text), (2.2, "Final."))


class EndTests(StreamCase):
    """Abort and failure."""

    def test_abort(self) -> None:
        """Nothing is told any more, nothing is kept, and it may be said twice."""
        self.open(going_on(1.0))
        self.stream.feed(SECOND * 3)
        self.stream.abort()
        self.stream.abort()
        self.work()
        self.assertEqual((self.listener.events, self.stream.backlog_s), ([], 0.0))
        self.assertEqual((self.gone, self.bridge.queued_jobs), ([self.stream], 0))

    def test_failure_in_a_worker(self) -> None:
        """It is logged by its type alone, and fails this stream."""
        self.open(ended(utterance(1.0)))

        def fail(one: Utterance) -> Reading:
            raise ValueError("what was said")

        self.workshop.final = fail
        logged: list[dict[str, object]] = []
        from twisted.logger import globalLogPublisher

        globalLogPublisher.addObserver(logged.append)
        self.addCleanup(globalLogPublisher.removeObserver, logged.append)
        self.speak(1)
        ((name, error),) = self.listener.events
        self.assertEqual(name, "failed")
        self.assertIsInstance(error, Internal)
        self.assertEqual(self.gone, [self.stream])
        self.assertEqual([event.get("failure_name") for event in logged], ["ValueError"])
        self.assertNotIn("what was said", repr(logged))

    def test_fail(self) -> None:
        """A stream that waits for the model can be failed, once."""
        self.open(is_ready=False)
        self.stream.feed(SECOND)
        self.stream.fail(EngineUnavailable())
        self.stream.fail(EngineUnavailable())
        self.assertEqual(self.listener.names, ["failed"])


class BacklogTests(StreamCase):
    """Audio that waits is counted, told, and never lost."""

    def test_before_the_model_is_loaded(self) -> None:
        self.open(ended(utterance(1.0)), is_ready=False)
        self.stream.feed(SECOND)
        self.work()
        self.assertEqual(self.stream.backlog_s, 1.0)
        self.stream.make_ready(self.workshop)
        self.work()
        self.assertEqual((self.stream.backlog_s, self.listener.text), (0.0, "Final."))

    def test_watermarks(self) -> None:
        """Full at 30 s, room again at 25 s; what is fed in between is kept."""
        self.open(is_ready=False)
        for _ in range(35):
            self.stream.feed(SECOND)
        self.assertEqual(self.listener.events, [("backlog", True)])
        self.stream.make_ready(self.workshop)
        while self.stream.backlog_s > 25.0:
            self.assertEqual(self.listener.events, [("backlog", True)])
            self.pool.perform()
            self.clock.settle()
        self.assertEqual(self.listener.events, [("backlog", True), ("backlog", False)])
        self.work()
        self.assertEqual(sum(length for length, *_ in self.workshop.ear.heard), 35 * len(SECOND))

    def test_listening_waits_for_reading(self) -> None:
        """Utterances do not pile up: listening pauses while two wait, then goes on."""
        self.open(*(ended(utterance(1.0, number=number)) for number in range(5)))
        self.stream.feed(SECOND * 5)
        finals: list[int] = []
        while self.pool.waiting:
            # Reading is as slow as can be: whatever else can run, runs first.
            self.pool.waiting.rotate(-1)
            self.pool.perform()
            self.clock.settle()
            finals.append(len(self.workshop.ear.heard) - len(self.listener.finals))
        self.assertLessEqual(max(finals), 2)
        self.assertEqual([one.segment_id for one in self.listener.finals], [f"u{n}" for n in range(5)])

    def test_no_partials_when_behind(self) -> None:
        """A stream that is behind is only read once an utterance has ended."""
        self.open(going_on(1.0), going_on(2.0), going_on(3.0), ended(utterance(4.0, 0.6)))
        for _ in range(4):
            self.stream.feed(SECOND)
        self.work()
        self.assertEqual([one.is_final for one in self.listener.results][-1], True)
        self.assertLess(len(self.listener.partials), 2)
