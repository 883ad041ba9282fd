"""Tests of alie.engines.supervisor: where new streams begin, and what they learn from one another."""

from __future__ import annotations

from alie.errors import EngineUnavailable
from alie.faults import Fault, StreamFailed
from alie.legs.policy import LegPolicy
from tests.engines.supervising import FRAME, SEATS, SupervisedCase, final, partial


class HealthTests(SupervisedCase):
    """What one stream has learnt of the primary is kept for the next ones."""

    policy = LegPolicy(fail_over_after_s=2.0, stay_s=5.0)

    def go_away(self) -> None:
        """The primary refuses everything from now on."""
        for leg in list(self.primary.streams):
            leg.fail(StreamFailed(Fault.CONNECTION))
        self.primary.on_open = lambda stream: stream.fail(StreamFailed(Fault.CONNECTION))
        self.primary.events.clear()

    def come_back(self) -> None:
        """And takes everything again."""
        self.primary.on_open = lambda stream: None

    def fail_over(self) -> None:
        """What is said goes to the fallback after a while."""
        self.pass_time(2.5)
        for leg in self.fallback.streams:
            leg.opened()

    @property
    def is_well(self) -> bool:
        """As operators see it."""
        return bool(self.engine.gauges()["primary_well"]())

    def two_that_failed_over(self) -> None:
        """Two streams agree that the primary is away."""
        for _ in range(2):
            self.settled()[0].feed(FRAME)
        self.go_away()
        self.fail_over()
        self.assertEqual((self.is_well, len(self.fallback.streams)), (False, 2))

    def test_new_streams_begin_on_the_fallback(self) -> None:
        """They try nothing that leads nowhere."""
        self.two_that_failed_over()
        self.primary.events.clear()
        _, ear = self.speaking()
        self.fallback.streams[-1].opened()
        self.assertEqual((self.primary.events, ear.told), ([], ["open", "failed_over embedded"]))

    def test_a_probe_brings_them_back(self) -> None:
        """At a pause, after their time there; new ones begin on the primary at once."""
        self.two_that_failed_over()
        self.come_back()
        self.pass_time(15.0)
        self.assertTrue(self.is_well)
        self.assertEqual(self.primary.events[-3:], ["open", "feed", "finish"])
        for leg in list(self.fallback.streams):
            leg.tell(final(0.2))
        self.pass_time(1.0)
        self.assertEqual(self.fallback.streams, [])
        self.speaking()
        self.assertEqual(len(self.primary.streams), 1)

    def test_a_probe_that_fails(self) -> None:
        """The next one comes later, and only one at a time."""
        self.two_that_failed_over()
        self.primary.events.clear()
        self.pass_time(15.0)
        self.assertEqual(self.primary.events, ["open"])
        self.pass_time(29.0)
        self.assertEqual(self.primary.events, ["open"])
        self.pass_time(2.0)
        self.assertEqual(self.primary.events, ["open", "open"])

    def test_a_probe_takes_a_seat(self) -> None:
        """And gives it back."""
        self.two_that_failed_over()
        self.come_back()
        self.primary.on_finish = lambda stream: None
        self.pass_time(15.0)
        self.assertEqual((self.governor.open, len(self.primary.streams)), (1, 1))
        self.primary.stream.finished()
        self.assertEqual((self.governor.open, self.is_well), (0, True))

    def test_no_seat_for_a_probe(self) -> None:
        """It is made later: it would only stand in the way."""
        self.two_that_failed_over()
        self.primary.events.clear()
        tickets = [object() for _ in range(SEATS)]
        for ticket in tickets:
            self.engine.seat(ticket)
        self.pass_time(15.0)
        self.assertEqual((self.primary.events, self.governor.queued), ([], 0))
        for ticket in tickets:
            self.engine.give_back(ticket)
        self.come_back()
        self.pass_time(31.0)
        self.assertTrue(self.is_well)

    def test_streams_that_come_during_a_probe(self) -> None:
        """They wait for its outcome on the fallback; the first one that comes when none is under way may try."""
        self.two_that_failed_over()
        self.come_back()
        self.primary.on_finish = lambda stream: None
        self.pass_time(15.0)
        self.speaking()
        self.assertEqual((len(self.primary.streams), len(self.fallback.streams)), (1, 3))

    def test_the_first_stream_after_a_rest(self) -> None:
        """Without streams nothing is probed; when one comes, it finds out for itself."""
        stream, _, _ = self.live()
        self.go_away()
        self.fail_over()
        stream.abort()
        self.primary.events.clear()
        self.pass_time(100.0)
        self.assertEqual((self.primary.events, self.is_well), ([], False))
        self.come_back()
        self.speaking()
        self.assertEqual(self.primary.events, ["open"])

    def test_one_alone_proves_little(self) -> None:
        """While another one does well; only that one leaves."""
        _, ear, _ = self.settled()
        self.live()
        bad = self.primary.streams[-1]
        bad.fail(StreamFailed(Fault.CREDENTIALS))
        self.primary.streams[-1].fail(StreamFailed(Fault.CREDENTIALS))
        self.fallback.stream.opened()
        self.assertTrue(self.is_well)
        self.assertEqual(ear.told, ["open", "final"])

    def test_one_that_works_in_between(self) -> None:
        """Speaks for the primary: two that leave before and after it do not agree."""
        self.settled()
        for _ in range(2):
            self.live()
            for _ in range(2):
                self.primary.streams[-1].fail(StreamFailed(Fault.CREDENTIALS))
            self.fallback.streams[-1].opened()
            self.assertTrue(self.is_well)
            self.settled()

    def test_a_lack_of_seats_speaks_against_nobody(self) -> None:
        """Who finds none goes elsewhere; the primary is well."""
        for _ in range(SEATS):
            self.settled()[0].feed(FRAME)
        for _ in range(3):
            self.speaking()
        self.pass_time(3.2)
        for leg in self.fallback.streams:
            leg.opened()
        self.assertEqual((self.is_well, len(self.fallback.streams)), (True, 3))

    def test_nor_after_trouble_that_is_over(self) -> None:
        """A leg failed once, the next one worked, and much later there is no seat."""
        stream, _, _ = self.settled()
        stream.feed(FRAME)
        self.primary.stream.fail(StreamFailed(Fault.CLOSED))
        self.primary.stream.opened()
        self.primary.stream.tell(final())
        self.pass_time(16.0)
        tickets = [object() for _ in range(SEATS)]
        for ticket in tickets:
            self.engine.seat(ticket)
        stream.feed(FRAME)
        self.fail_over()
        self.assertEqual((self.is_well, len(self.fallback.streams)), (True, 1))
        for ticket in tickets:
            self.engine.give_back(ticket)

    def test_a_stream_that_works_there_shows_that_it_is_back(self) -> None:
        """As a probe would."""
        self.two_that_failed_over()
        self.come_back()
        self.primary.on_finish = lambda stream: None
        for leg in list(self.fallback.streams):
            leg.fail(EngineUnavailable())
        self.pass_time(1.0)
        leg = self.primary.streams[-1]
        leg.opened()
        self.assertFalse(self.is_well)
        leg.tell(partial(0.2))
        self.assertTrue(self.is_well)
