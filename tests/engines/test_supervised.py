"""Tests of alie.engines.supervised: orders performed on legs at engines that may answer within any call."""

from __future__ import annotations

from alie.errors import EngineUnavailable
from alie.faults import Fault, StreamFailed
from alie.legs.policy import LegPolicy
from tests.engines.supervising import FRAME, SEATS, SupervisedCase, final, partial
from tests.support.scripted_engine import ScriptedEngine, ScriptedStream


class StreamTests(SupervisedCase):
    """One stream for the session, whatever comes and goes behind it."""

    def test_a_whole_dictation(self) -> None:
        """The leg is opened with the first audio and ended with the stream."""
        stream, ear = self.open()
        self.assertEqual((self.primary.events, self.governor.open), ([], 0))
        stream.feed(FRAME)
        leg = self.primary.stream
        leg.opened()
        leg.tell(partial(), final())
        stream.finish()
        self.assertEqual(self.primary.events, ["open", "feed", "finish"])
        self.assertEqual(ear.told, ["open", "partial", "final", "finished"])
        self.assertEqual([(one.segment_id, one.engine) for one in ear.results], [("1", "amazon")] * 2)

    def test_audio_waits_for_the_leg(self) -> None:
        """And is counted as long as it does."""
        stream, _ = self.speaking()
        stream.feed(FRAME)
        self.assertApproximates(stream.backlog_s, 0.2, 0.001)
        self.primary.stream.opened()
        self.assertEqual((stream.backlog_s, len(self.primary.stream.fed)), (0.0, 2 * len(FRAME)))

    def test_what_is_settled(self) -> None:
        """No leg would hear it again."""
        stream, _, leg = self.live()
        self.assertEqual(stream.settled_s, 0.0)
        leg.tell(final())
        self.assertApproximates(stream.settled_s, final().end_s, 0.001)

    def test_another_leg_hears_what_is_not_final(self) -> None:
        """The session is told of the trouble, and of nothing else."""
        stream, ear, leg = self.live()
        leg.fail(StreamFailed(Fault.CLOSED))
        again = self.primary.stream
        again.opened()
        again.tell(final())
        self.assertEqual(again.fed, FRAME)
        self.assertEqual(ear.told, ["open", "recovering amazon", "live amazon", "final"])
        stream.abort()

    def test_a_leg_can_be_told_to_flush(self) -> None:
        """Where its engine can."""
        self.primary.traits = ScriptedEngine.traits
        stream, ear, _ = self.live()
        stream.flush()
        self.assertEqual(self.primary.events, ["open", "feed", "flush"])
        self.assertEqual(ear.told, ["open", "flushed"])

    def test_backlog(self) -> None:
        """A full leg holds audio back; the session is told when it is too much."""
        stream, ear, leg = self.live()
        leg.backlog(True)
        stream.feed(bytes(32000 * 31))
        self.assertEqual(ear.told, ["open", "backlog True"])
        leg.backlog(False)
        self.pass_time(5.0)
        self.assertEqual(ear.told[-1], "backlog False")

    def test_ticks_of_all_streams_come_together(self) -> None:
        """Or hundreds of streams would wake the reactor hundreds of times a second; none is late by a tenth."""
        for number in range(SEATS):
            self.clock.advance(0.005)
            stream, _ = self.open(str(number))
            stream.feed(FRAME)
            self.primary.streams[-1].opened()
        moments = {call.getTime() for call in self.clock.getDelayedCalls()}
        self.assertEqual(len(moments), 1)
        self.assertApproximates(moments.pop(), self.clock.seconds() + LegPolicy().silence_after_s, 0.1)

    def test_a_parked_leg(self) -> None:
        """It is ended after a while without audio; nobody is told, and the seat is free."""
        stream, ear, _ = self.settled()
        self.pass_time(16.0)
        self.assertEqual((self.governor.open, self.primary.streams), (0, []))
        stream.feed(FRAME)
        self.assertEqual((self.governor.open, self.primary.stream.is_gone), (1, False))
        self.assertEqual(ear.told, ["open", "final"])

    def test_no_engine_is_left(self) -> None:
        """The session is told so once, and nothing after."""
        self.fallback.seats = 0
        stream, ear = self.speaking()
        self.primary.seats = 0
        self.primary.stream.fail(EngineUnavailable())
        self.pass_time(95.0)
        self.assertEqual(set(ear.told[:-1]), {"recovering amazon", "recovering embedded"})
        self.assertEqual(ear.told[-1], "failed ENGINE_UNAVAILABLE")
        stream.feed(FRAME)
        stream.finish()
        stream.abort()
        self.assertEqual(self.governor.open, 0)

    def test_one_timer_however_long_it_lasts(self) -> None:
        """Audio moves what is due away; nothing is done when the timer finds that out."""
        stream, ear, leg = self.live()
        for _ in range(60):
            stream.feed(FRAME)
            self.pass_time(0.1)
            leg.tell(final())
            self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        self.assertEqual((ear.told, len(leg.fed)), (["open"] + ["final"] * 60, 61 * len(FRAME)))

    def test_a_dropped_leg_that_goes_on_telling(self) -> None:
        """It is not heard, whatever it says, and takes nothing from the next one."""
        _, ear, leg = self.live()
        leg.fail(StreamFailed(Fault.CLOSED))
        again = self.primary.stream
        again.opened()
        before = list(ear.told)
        leg.is_gone = False
        leg.opened()
        leg.tell(final())
        leg.flushed()
        leg.backlog(True)
        leg.finished()
        leg.is_gone = False
        leg.fail(StreamFailed(Fault.CONFLICT))
        self.assertEqual((ear.told, self.governor.open, self.primary.streams), (before, 1, [again]))

    def test_the_fallback_says_nothing_of_the_primary(self) -> None:
        """That it works there does not show that the other one does."""
        stream, ear, leg = self.live()
        leg.fail(StreamFailed(Fault.CREDENTIALS))
        self.primary.stream.fail(StreamFailed(Fault.CREDENTIALS))
        self.fallback.stream.opened()
        self.fallback.stream.tell(final())
        self.assertEqual(ear.told[-2:], ["failed_over embedded", "final"])
        self.assertEqual(self.engine.gauges()["primary_well"](), False)
        stream.abort()

    def test_what_a_leg_is_not_expected_to_tell(self) -> None:
        """A status: legs have no supervisor of their own."""
        _, ear, leg = self.live()
        leg.status("live", "amazon")
        self.assertEqual(ear.told, ["open"])


class AtOnceTests(SupervisedCase):
    """Engines answer within the call that asks them, and listeners act on what they are told."""

    policy = LegPolicy(settle_s=1.0)

    def test_open_at_once(self) -> None:
        """No audio is lost for it."""
        self.primary.on_open = ScriptedStream.opened
        stream, ear = self.speaking()
        stream.feed(FRAME)
        self.assertEqual((ear.told, len(self.primary.stream.fed)), (["open"], 2 * len(FRAME)))

    def test_open_at_once_after_a_wait_for_a_seat(self) -> None:
        """Nor then."""
        streams = [self.speaking()[0] for _ in range(SEATS + 1)]
        self.primary.on_open = ScriptedStream.opened
        streams[0].abort()
        self.assertEqual(self.primary.streams[-1].fed, FRAME)

    def test_fail_at_once(self) -> None:
        """Within open, and within feed: the next leg follows in its time."""
        for hook in ("on_open", "on_feed"):
            self.setUp()
            setattr(self.primary, hook, lambda stream: stream.fail(StreamFailed(Fault.CONNECTION)))
            _, ear = self.speaking()
            for leg in self.primary.streams:
                leg.opened()
            self.assertEqual((self.governor.open, ear.told[-1]), (0, "recovering amazon"))
            setattr(self.primary, hook, lambda stream: None)
            self.pass_time(0.5)
            self.primary.stream.opened()
            self.assertEqual((self.primary.stream.fed, ear.told[-1]), (FRAME, "live amazon"))
            self.tearDown()

    def test_what_was_to_be_fed_next_is_not_asked_of_a_dead_leg(self) -> None:
        """A long frame goes in parts; the first one is the last."""
        stream, _, _ = self.settled()
        self.primary.on_feed = lambda leg: leg.fail(StreamFailed(Fault.CONNECTION))
        stream.feed(bytes(32000))
        self.assertEqual(self.primary.events, ["open", "feed", "feed"])

    def test_nor_is_its_end(self) -> None:
        """The rest of the audio goes before it, and that fails."""
        stream, _, _ = self.settled()
        stream.feed(bytes(640))
        self.primary.on_feed = lambda leg: leg.fail(StreamFailed(Fault.CONNECTION))
        stream.finish()
        self.assertEqual(self.primary.events, ["open", "feed", "feed"])

    def test_results_at_once(self) -> None:
        """In order, after what is being done."""
        self.primary.on_open = ScriptedStream.opened
        self.primary.on_feed = lambda leg: leg.tell(partial(), final())
        _, ear = self.speaking()
        self.assertEqual(ear.told, ["open", "partial", "final"])

    def test_a_listener_that_goes_away(self) -> None:
        """Within whatever it is told: nothing follows, and nothing is left open."""
        for what in ("open", "partial", "final", "recovering amazon", "live amazon"):
            self.setUp()
            stream, ear = self.speaking()
            ear.then[what] = stream.abort
            leg = self.primary.stream
            leg.opened()
            leg.tell(partial(), final())
            stream.feed(FRAME)
            leg.fail(StreamFailed(Fault.CLOSED))
            for again in list(self.primary.streams):
                again.opened()
            self.assertEqual((ear.told[-1], self.primary.streams, self.governor.open), (what, [], 0))
            self.tearDown()

    def test_a_listener_that_goes_away_while_the_leg_is_being_opened(self) -> None:
        """The stream that open returns is dropped, with a wait for a seat before it and without."""
        self.primary.on_open = ScriptedStream.opened
        stream, ear = self.open()
        ear.then["open"] = stream.abort
        stream.feed(FRAME)
        self.assertEqual((self.primary.streams, self.governor.open), ([], 0))
        self.primary.on_open = lambda leg: None
        streams = [self.speaking() for _ in range(SEATS + 1)]
        self.primary.on_open = ScriptedStream.opened
        last, ear = streams[-1]
        ear.then["open"] = last.abort
        streams[0][0].abort()
        self.assertEqual((len(self.primary.streams), self.governor.open), (SEATS - 1, SEATS - 1))

    def test_a_session_that_ends_while_its_leg_is_being_opened(self) -> None:
        """By something else that happens then: the stream that open returns is not kept."""
        stream, _ = self.open()
        self.primary.on_open = lambda leg: stream.abort()
        stream.feed(FRAME)
        self.assertEqual((self.primary.streams, self.primary.events, self.governor.open), ([], ["open", "abort"], 0))

    def test_a_listener_that_asks_for_more(self) -> None:
        """Within a result: it is done next."""
        stream, ear, leg = self.live()
        ear.then["final"] = stream.finish
        leg.tell(final())
        self.assertEqual(ear.told, ["open", "final", "finished"])

    def test_a_leg_that_tells_its_end_within_finish(self) -> None:
        """The next one gets what came meanwhile."""
        stream, ear, leg = self.live()
        leg.tell(partial())
        stream.flush()
        self.primary.on_finish = lambda ending: (ending.tell(final()), ending.finished())[0]
        self.pass_time(4.1)
        self.assertEqual(ear.told, ["open", "partial", "final", "flushed"])
        self.assertTrue(leg.is_gone)


class OnlyTests(SupervisedCase):
    """Without another engine."""

    has_fallback = False

    def test_parameters_that_cannot_be_had(self) -> None:
        """Once without what is not needed, then the session fails."""
        _, ear, leg = self.live()
        leg.fail(StreamFailed(Fault.PARAMETER))
        self.assertTrue(self.primary.stream.spec.without_extras)
        self.primary.stream.fail(StreamFailed(Fault.PARAMETER))
        self.assertEqual(ear.told[-1], "failed ENGINE_REJECTED")

    def test_a_listener_that_aborts_when_all_is_over(self) -> None:
        """As sessions do."""
        stream, ear = self.open()
        ear.then["finished"] = stream.abort
        stream.finish()
        self.assertEqual(ear.told, ["finished"])
