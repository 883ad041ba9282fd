"""Tests of alie.legs.supervision: another engine takes over and gives back; the client is slowed while none listens."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.errors import Capacity, EngineThrottled, EngineUnavailable
from alie.faults import Fault, StreamFailed
from alie.legs import orders as do
from alie.legs.orders import FALLBACK, PRIMARY
from alie.legs.policy import LegPolicy
from tests.legs.driver import BOTH, SECOND, Driver, kinds, lengths, of, quiet


class QueueTests(SynchronousTestCase):
    """No seat is free at the primary."""

    def queued(self, driver: Driver) -> Driver:
        """The first leg has to wait."""
        driver.call("feed", quiet(0.1))
        driver.leg("queued")
        return driver

    def test_a_short_wait_is_not_told(self) -> None:
        driver = self.queued(Driver())
        self.assertEqual(driver.wait(0.9), [])
        self.assertEqual(driver.leg("granted"), [])
        self.assertEqual(kinds(driver.leg("opened")), ["TellOpen"])

    def test_a_longer_one_is(self) -> None:
        """Once, as what it is; and that it is over."""
        driver = self.queued(Driver())
        (status,) = driver.wait(1.1)
        self.assertEqual((status.state, type(status.error)), ("recovering", EngineThrottled))
        self.assertEqual(driver.wait(30.0), [])
        driver.leg("granted")
        driver.leg("opened")
        self.assertEqual(driver.statuses, ["recovering", "live"])

    def test_it_spills_over(self) -> None:
        """After three seconds."""
        driver = self.queued(Driver(BOTH))
        self.assertEqual(kinds(driver.wait(2.9)), ["TellStatus"])
        self.assertEqual(kinds(driver.wait(0.2)), ["AbortLeg", "OpenLeg"])
        self.assertEqual(driver.engine, FALLBACK)
        driver.leg("opened")
        self.assertEqual(driver.statuses, ["recovering", "failed_over"])

    def test_not_while_the_fallback_is_full_too(self) -> None:
        """It is asked again later."""
        driver = self.queued(Driver(BOTH))
        driver.wait(3.1)
        driver.refuse(StreamFailed(Fault.LIMIT, "no seat"))
        driver.wait(1.1)
        self.assertEqual(driver.engine, PRIMARY)
        driver.leg("queued")
        self.assertNotIn("OpenLeg", kinds(driver.wait(3.5)))
        self.assertIn("OpenLeg", kinds(driver.wait(1.0)))
        self.assertLess(driver.ticks, 10)
        self.assertEqual(driver.engine, FALLBACK)

    def test_never_is_too_long(self) -> None:
        """The session fails in the end, and its place in the queue is given up."""
        driver = self.queued(Driver())
        self.assertEqual(kinds(driver.wait(89.0)), ["TellStatus"])
        *_, abort, failed = driver.wait(2.0)
        self.assertEqual((abort, type(failed.error)), (do.AbortLeg(), EngineUnavailable))


class FailoverTests(SynchronousTestCase):
    """Another engine takes over, and gives back."""

    def fail_for(self, driver: Driver, seconds: float) -> None:
        """The primary refuses for so long, or until something else is tried."""
        began_at = driver.now
        while driver.now < began_at + seconds and driver.engine == PRIMARY:
            if driver.supervision.leg is not None:
                driver.fail(Fault.CONNECTION)
            driver.wait(0.1)

    def test_after_a_time(self) -> None:
        driver = Driver(BOTH).live()
        self.fail_for(driver, 7.8)
        self.assertEqual(driver.engine, PRIMARY)
        self.fail_for(driver, 0.4)
        self.assertEqual(driver.engine, FALLBACK)
        self.assertEqual(lengths(driver.leg("opened")), [100])
        self.assertEqual(driver.statuses[-1], "failed_over")

    def test_while_a_leg_is_still_being_opened(self) -> None:
        """It is dropped for that."""
        driver = Driver(BOTH, LegPolicy(fail_over_after_s=2.0)).live()
        driver.fail(Fault.CLOSED)
        self.assertEqual(kinds(driver.wait(2.1)), ["AbortLeg", "OpenLeg"])
        self.assertEqual(driver.engine, FALLBACK)

    def test_when_a_leg_fails_late(self) -> None:
        """At once: eight seconds of trouble are enough, however it looked in between."""
        driver = Driver(BOTH).live()
        driver.fail(Fault.CLOSED)
        driver.leg("opened")
        driver.wait(9.0)
        self.assertEqual(of(driver.fail(Fault.CLOSED), do.OpenLeg)[0].engine, FALLBACK)

    def test_the_fallback_refuses(self) -> None:
        """Then the primary is tried again, and the fallback some seconds later."""
        driver = Driver(BOTH, LegPolicy(fail_over_after_s=2.0)).live()
        driver.fail(Fault.CLOSED)
        driver.wait(2.1)
        orders = driver.refuse(Capacity())
        self.assertEqual(of(orders, do.Note)[0].engine, FALLBACK)
        driver.wait(1.0)
        self.assertEqual(driver.engine, PRIMARY)
        self.assertNotIn("OpenLeg", kinds(driver.wait(3.5)))
        self.assertLess(driver.ticks, 10)
        driver.until_live(FALLBACK)

    def test_each_return_that_fails_makes_the_next_one_later(self) -> None:
        """Fifteen seconds, thirty, a minute; legs of the fallback that only follow one another do not count."""
        driver, stays = Driver(BOTH, begins_on=FALLBACK).live(), []
        course = driver.supervision.course
        course.is_primary_well = True
        for _ in range(6):
            stays.append(course.stay_s)
            driver.wait(course.stay_s + 0.1)
            driver.call("feed", quiet(0.1))
            driver.leg("finished")
            self.assertEqual(driver.engine, PRIMARY)
            driver.fail(Fault.CREDENTIALS)
            driver.fail(Fault.CREDENTIALS)
            driver.leg("opened")
            driver.hear(is_final=True)
        self.assertEqual(stays, [15.0, 30.0, 60.0, 120.0, 240.0, 300.0])

    def test_a_fallback_that_is_parked(self) -> None:
        """It is no new failover to go on with it; when the primary is well, that is where the next audio goes."""
        remote = (BOTH[0], BOTH[0])
        for is_well, engine in ((False, FALLBACK), (True, PRIMARY)):
            driver = Driver(remote, LegPolicy(stay_s=60.0), begins_on=FALLBACK).settled()
            driver.supervision.course.is_primary_well = is_well
            self.assertIn("FinishLeg", kinds(driver.wait(15.1)))
            driver.leg("finished")
            driver.call("feed", quiet(0.1))
            self.assertEqual((driver.engine, driver.supervision.course.stay_s), (engine, 60.0))


class BacklogTests(SynchronousTestCase):
    """What no leg has yet is bounded: the client is not read for a while."""

    def test_full_and_room_again(self) -> None:
        """At 30 s, and at 15 s; once each."""
        driver = Driver()
        self.assertEqual(of(driver.call("feed", quiet(29.9)), do.TellBacklog), [])
        self.assertEqual(driver.call("feed", quiet(0.2)), [do.TellBacklog(True)])
        self.assertEqual(driver.call("feed", quiet(0.2)), [])
        orders = driver.leg("opened") + driver.wait(10.0)
        self.assertEqual(of(orders, do.TellBacklog), [do.TellBacklog(False)])

    def test_what_must_be_heard_again_counts(self) -> None:
        driver = Driver().live()
        for at in range(40):
            driver.say(quiet(1.0))
            driver.hear("a", 0.0, 1.0 + at, is_final=False)
        orders = driver.fail() + driver.call("feed", quiet(0.1))
        self.assertEqual(of(orders, do.TellBacklog), [do.TellBacklog(True)])
        self.assertApproximates(driver.supervision.account.unsent_bytes / SECOND, 40.0, 0.5)
