"""Tests of alie.engines.supervisor: what operators see, and the end."""

from __future__ import annotations

from typing import cast

from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogPublisher

from alie.engines.interface import Engine
from alie.engines.supervisor import SupervisedEngine
from alie.errors import EngineRejected, EngineUnavailable
from alie.faults import Fault, StreamFailed
from alie.legs.policy import LegPolicy
from alie.speech import StreamSpec
from tests.engines.supervising import FRAME, SAID, SEATS, SupervisedCase, partial

_: type[Engine] = SupervisedEngine  # a type checker holds it to the interface


class OperatorTests(SupervisedCase):
    """What is seen from outside."""

    policy = LegPolicy(fail_over_after_s=2.0)

    def setUp(self) -> None:
        super().setUp()
        self.logged: list[LogEvent] = []
        observer = cast(ILogObserver, self.logged.append)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def test_it_goes_by_the_primary(self) -> None:
        """Name, labels, and what it can take."""
        self.assertEqual((self.engine.name, self.engine.has_speaker_labels, self.engine.seats), ("amazon", True, 30))
        spec = StreamSpec("s", "auto")
        self.engine.check(spec)
        self.fallback.refusal = EngineRejected()
        self.engine.check(spec)
        self.primary.refusal = EngineRejected()
        self.assertRaises(EngineRejected, self.engine.check, spec)
        self.assertRaises(EngineRejected, self.open)
        self.assertEqual(self.primary.events, [])

    def test_lost_only_when_all_are(self) -> None:
        self.primary.is_lost = True
        self.assertFalse(self.engine.is_lost)
        self.fallback.is_lost = True
        self.assertTrue(self.engine.is_lost)

    def test_problems_only_when_none_can_serve(self) -> None:
        """Then everyone's."""
        self.primary.reasons = ["No credentials"]
        self.assertEqual(self.engine.problems(), [])
        self.fallback.reasons = ["No model"]
        self.assertEqual(self.engine.problems(), ["No credentials", "No model"])

    def test_a_primary_that_stays_away_is_a_problem(self) -> None:
        self.fallback.reasons = ["No model"]
        stream, _, leg = self.live()
        leg.fail(StreamFailed(Fault.CREDENTIALS))
        self.primary.stream.fail(StreamFailed(Fault.CREDENTIALS))
        self.fallback.stream.opened()
        self.assertEqual(self.engine.problems(), ["amazon stays away: its streams fail", "No model"])
        stream.abort()

    def test_gauges(self) -> None:
        """The engines' own, the primary's where both have one; legs, and each kind of fault."""
        gauges = self.engine.gauges()
        for _ in range(SEATS + 1):
            self.speaking()
        self.primary.streams[0].fail(StreamFailed(Fault.CLOSED))
        told = {name: gauge() for name, gauge in gauges.items()}
        self.assertEqual((told["legs"], told["legs_queued"], told["streams"]), (SEATS, 1, SEATS))
        self.assertEqual(told["legs_most"], SEATS)
        self.assertEqual((told["faults_closed"], told["faults_silent"], told["primary_well"]), (1, 0, True))
        self.assertLessEqual({f"faults_{fault.value}" for fault in Fault}, set(told))

    def test_the_log_has_no_text(self) -> None:
        """Session, engine, fault and the vendor's name for it; an alarm is an error, the rest is not."""
        stream, _ = self.open("session-7")
        stream.feed(FRAME)
        leg = self.primary.stream
        leg.opened()
        leg.tell(partial())
        leg.fail(StreamFailed(Fault.CLOSED, "going away"))
        self.primary.stream.fail(StreamFailed(Fault.CREDENTIALS, "ExpiredTokenException"))
        self.primary.stream.fail(StreamFailed(Fault.CREDENTIALS, "ExpiredTokenException"))
        self.fallback.stream.opened()
        told = [event for event in self.logged if event.get("session_id") == "session-7"]
        levels = [event["log_level"] for event in told]
        self.assertEqual(levels, [LogLevel.warn, LogLevel.error, LogLevel.error])
        self.assertEqual([event["detail"] for event in told], ["going away"] + ["ExpiredTokenException"] * 2)
        self.assertEqual([event["engine"] for event in told], ["amazon"] * 3)
        self.assertEqual([event["state"] for event in self.logged if event.get("name") == "amazon"], ["away"])
        self.assertNotIn(SAID, repr(self.logged))


class StopTests(SupervisedCase):
    """Nothing is left, whatever is going on; what must hold is in `tearDown`."""

    policy = LegPolicy(fail_over_after_s=2.0)

    def test_it_starts_and_stops_both(self) -> None:
        """The stop waits for the slower one."""
        self.engine.start()
        slow: Deferred[None] = Deferred()
        self.patch(self.fallback, "stop", lambda: slow)
        stopped = self.engine.stop()
        self.assertEqual((self.primary.events, self.fallback.events), (["start", "stop"], ["start"]))
        self.assertNoResult(stopped)
        slow.callback(None)
        self.successResultOf(stopped)

    def test_no_one_new(self) -> None:
        self.successResultOf(self.engine.stop())
        self.assertRaises(EngineUnavailable, self.open)

    def test_in_the_middle_of_everything(self) -> None:
        """Legs that are live, being opened, and waiting for a seat: those are not opened now."""
        self.live()
        ears = [self.speaking()[1] for _ in range(SEATS + 1)]
        self.primary.events.clear()
        self.successResultOf(self.engine.stop())
        self.assertNotIn("open", self.primary.events)
        self.assertEqual([ear.told for ear in ears], [[]] * len(ears))

    def test_while_a_leg_is_to_be_tried_again(self) -> None:
        _, _, leg = self.live()
        leg.fail(StreamFailed(Fault.CONNECTION))
        self.successResultOf(self.engine.stop())
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_while_it_probes(self) -> None:
        stream, _, leg = self.live()
        leg.fail(StreamFailed(Fault.CREDENTIALS))
        self.primary.stream.fail(StreamFailed(Fault.CREDENTIALS))
        self.fallback.stream.opened()
        self.primary.on_finish = lambda stream: None
        self.pass_time(15.1)
        self.assertEqual(self.governor.open, 1)
        self.successResultOf(self.engine.stop())
        self.assertEqual(self.governor.open, 0)
        stream.abort()

    def test_while_a_probe_is_due(self) -> None:
        _, _, leg = self.live()
        leg.fail(StreamFailed(Fault.CREDENTIALS))
        self.primary.stream.fail(StreamFailed(Fault.CREDENTIALS))
        self.fallback.stream.opened()
        self.successResultOf(self.engine.stop())
        self.assertEqual(self.clock.getDelayedCalls(), [])


class OneEngineTests(SupervisedCase):
    """Without a fallback."""

    has_fallback = False

    def test_streams_begin_on_it_whatever_is_known(self) -> None:
        """There is nowhere else to go, and nothing to come back from."""
        self.live()
        self.primary.stream.fail(StreamFailed(Fault.CONNECTION))
        self.pass_time(20.0)
        self.speaking()
        self.assertEqual(len(self.primary.streams), 2)
        self.assertEqual(self.engine.problems(), [])
