"""Tests of alie.engines.supervised: each leg at the primary has a seat, and gives it back once."""

from __future__ import annotations

from alie.errors import AlieError, Capacity, EngineRejected, EngineUnavailable
from alie.faults import Fault, StreamFailed
from tests.engines.supervising import FRAME, SEATS, SupervisedCase
from tests.support.scripted_engine import ScriptedStream


class SeatTests(SupervisedCase):
    """Each leg at the primary has a seat, and gives it back once, however it ends."""

    def test_finished(self) -> None:
        stream, _, _ = self.live()
        self.assertEqual(self.governor.open, 1)
        stream.finish()
        self.assertEqual(self.governor.open, 0)

    def test_failed(self) -> None:
        """Nothing was under way: there is no next one."""
        _, _, leg = self.settled()
        leg.fail(StreamFailed(Fault.CONNECTION))
        self.assertEqual(self.governor.open, 0)

    def test_failed_and_reopened(self) -> None:
        """The next one has a seat of its own."""
        _, _, leg = self.live()
        leg.fail(StreamFailed(Fault.CLOSED))
        self.assertEqual((self.governor.open, len(self.primary.streams)), (1, 1))

    def test_aborted(self) -> None:
        """By the session, before and after the leg is open; twice does no harm."""
        for begin in (self.speaking, self.live):
            stream = begin()[0]
            stream.abort()
            stream.abort()
            self.assertEqual((self.governor.open, self.primary.streams), (0, []))

    def test_refused_at_open(self) -> None:
        """By each error there is; the session hears of the trouble, and the fallback takes over in the end."""
        for error, fault in (
            (Capacity(), "limit"),
            (EngineUnavailable(), "service"),
            (EngineRejected(), "parameter"),
        ):
            self.setUp()

            def refuse(stream: ScriptedStream, error: AlieError = error) -> None:
                self.primary.streams.remove(stream)
                raise error

            self.primary.on_open = refuse
            _, ear = self.speaking()
            self.assertEqual(ear.told, ["recovering amazon"])
            self.assertEqual((self.governor.open, self.engine.gauges()[f"faults_{fault}"]() > 0), (0, True))
            self.pass_time(9.0)
            self.fallback.stream.opened()
            self.assertEqual(ear.told[-2:], ["open", "failed_over embedded"])
            self.assertEqual(self.fallback.stream.fed, FRAME)
            self.tearDown()

    def test_not_opened_in_time(self) -> None:
        self.speaking()
        self.pass_time(4.6)
        self.assertEqual((self.primary.streams, self.governor.open), ([], 0))

    def test_queued(self) -> None:
        """Served when another gives back; first come, first served."""
        streams = [self.speaking()[0] for _ in range(SEATS + 2)]
        self.assertEqual((self.governor.open, self.governor.queued, len(self.primary.streams)), (SEATS, 2, SEATS))
        streams[0].abort()
        self.assertEqual((self.governor.open, self.governor.queued, len(self.primary.streams)), (SEATS, 1, SEATS))
        self.primary.streams[-1].opened()
        self.assertEqual(self.primary.streams[-1].fed, FRAME)

    def test_aborted_while_queued(self) -> None:
        streams = [self.speaking()[0] for _ in range(SEATS + 1)]
        streams[-1].abort()
        self.assertEqual((self.governor.open, self.governor.queued), (SEATS, 0))
        streams[0].abort()
        self.assertEqual(len(self.primary.streams), SEATS - 1)

    def test_spilled_over(self) -> None:
        """The place in the queue is given up; on the fallback there is no seat to give back."""
        ear = [self.speaking() for _ in range(SEATS + 1)][-1][1]
        for leg in self.primary.streams:
            leg.opened()
        self.pass_time(3.1)
        self.assertEqual((self.governor.open, self.governor.queued), (SEATS, 0))
        self.fallback.stream.opened()
        self.assertEqual(ear.told, ["recovering amazon", "open", "failed_over embedded"])

    def test_a_quota_that_was_met(self) -> None:
        """The governor hears of it while the refused leg still counts: so many less one may be open."""
        for how in (
            lambda leg: leg.fail(StreamFailed(Fault.LIMIT)),
            lambda leg: setattr(self.primary, "on_feed", lambda stream: stream.fail(StreamFailed(Fault.LIMIT))),
        ):
            self.setUp()
            streams = [self.live()[0] for _ in range(SEATS)]
            how(self.primary.streams[-1])
            streams[-1].feed(FRAME)
            self.assertEqual((self.governor.most, self.governor.open), (SEATS - 1, SEATS - 1))
            self.tearDown()
