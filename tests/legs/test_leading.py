"""Tests of alie.legs.leading: what a live leg is given, and how soon."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.legs import orders as do
from tests.legs.driver import LOCAL_ONLY, PRIMARY_ONLY, SECOND, Driver, kinds, lengths, of, quiet, speech


class FrameTests(SynchronousTestCase):
    """Audio passes as it comes, as far as the vendor likes it."""

    def test_frames_as_they_come(self) -> None:
        """From 50 to 500 ms: the very object."""
        for seconds in (0.05, 0.1, 0.256, 0.5):
            driver, frame = Driver().live(), quiet(seconds)
            (fed,) = driver.call("feed", frame)
            self.assertIs(fed.audio, frame)

    def test_small_ones_are_joined(self) -> None:
        driver = Driver().live()
        self.assertEqual(lengths(driver.say(quiet(0.3), frame_s=0.02)), [60] * 5)

    def test_large_ones_are_split(self) -> None:
        """And nothing is lost between the parts."""
        driver, frame = Driver().live(), speech(1.2)
        orders = driver.call("feed", frame)
        self.assertEqual(lengths(orders), [500, 500, 200])
        self.assertEqual(b"".join(order.audio for order in of(orders, do.FeedLeg)), frame)

    def test_a_rest_is_sent_when_the_client_goes_quiet(self) -> None:
        """After a second, and before any silence; the same on an engine that needs no silence."""
        for engines in (PRIMARY_ONLY, LOCAL_ONLY):
            driver = Driver(engines).live()
            self.assertEqual(driver.call("feed", quiet(0.02)), [])
            self.assertEqual(driver.wait(0.99), [])
            self.assertEqual(lengths(driver.wait(0.1))[:1], [20])

    def test_a_rest_is_not_forgotten_over_other_things(self) -> None:
        """Such as a look at what need not be kept."""
        driver = Driver(LOCAL_ONLY).live()
        driver.wait(4.95)
        driver.call("feed", quiet(0.02))
        self.assertEqual(lengths(driver.wait(0.99)), [])
        self.assertEqual(lengths(driver.wait(0.1)), [20])

    def test_a_rest_is_sent_at_a_flush(self) -> None:
        driver = Driver(LOCAL_ONLY).live()
        driver.call("feed", quiet(0.02))
        orders = driver.call("flush")
        self.assertEqual((lengths(orders), kinds(orders)), ([20], ["FlushLeg"]))

    def test_a_rest_is_sent_at_the_end(self) -> None:
        driver = Driver().live()
        driver.call("feed", quiet(0.02))
        orders = driver.call("finish")
        self.assertEqual((lengths(orders), kinds(orders)), ([20], ["FinishLeg"]))

    def test_nothing_while_the_leg_is_full(self) -> None:
        """All of it when there is room again; meanwhile it is not asked again and again."""
        driver = Driver().live()
        driver.leg("backlog", True)
        self.assertEqual(driver.say(quiet(0.4)) + driver.wait(20), [])
        self.assertLess(driver.ticks, 10)
        self.assertEqual(lengths(driver.leg("backlog", False)), [400])

    def test_a_full_leg_is_ended_when_it_has_room(self) -> None:
        driver = Driver().live()
        driver.leg("backlog", True)
        driver.call("feed", quiet(0.1))
        self.assertEqual(driver.call("finish"), [])
        self.assertEqual(kinds(driver.leg("backlog", False)), ["FinishLeg"])


class PaceTests(SynchronousTestCase):
    """What waited for a leg goes out no faster than the engine can take it."""

    def given_s(self, driver: Driver) -> float:
        """Seconds that the present leg has got."""
        return sum(len(order.audio) for order in of(driver.all, do.FeedLeg)) / SECOND

    def test_a_replay(self) -> None:
        """Two seconds at once, then four in a second."""
        driver = Driver()
        driver.call("feed", quiet(12.0))
        driver.leg("opened")
        self.assertApproximates(self.given_s(driver), 2.0, 0.51)
        driver.wait(1.0)
        self.assertApproximates(self.given_s(driver), 6.0, 0.51)
        driver.wait(1.6)
        self.assertApproximates(self.given_s(driver), 12.0, 0.51)

    def test_a_client_that_ends_meanwhile(self) -> None:
        """Everything is still given, at its pace, and then the leg is ended."""
        driver = Driver()
        driver.call("feed", quiet(8.0))
        driver.leg("opened")
        self.assertEqual(kinds(driver.call("finish")), [])
        self.assertEqual(kinds(driver.wait(3.0)), ["FinishLeg"])
        self.assertApproximates(self.given_s(driver), 8.0, 0.01)

    def test_speech_during_a_replay(self) -> None:
        """It comes after what waits, in order."""
        driver, audio = Driver(), speech(8.0)
        driver.call("feed", audio[: 5 * SECOND])
        driver.leg("opened")
        driver.say(audio[5 * SECOND :])
        self.assertEqual(b"".join(order.audio for order in of(driver.all, do.FeedLeg)), audio)

    def test_an_engine_that_takes_whatever_comes(self) -> None:
        driver = Driver(LOCAL_ONLY)
        driver.call("feed", quiet(12.0))
        driver.leg("opened")
        self.assertEqual(self.given_s(driver), 12.0)


class SilenceTests(SynchronousTestCase):
    """A leg at a vendor must not starve, nor wait for ever."""

    def test_silence_while_the_client_is_quiet(self) -> None:
        """From one second on, in real time, until it speaks again."""
        driver = Driver().settled()
        self.assertEqual(driver.wait(0.99), [])
        self.assertEqual(lengths(driver.wait(2.06)), [500] * 5)
        self.assertEqual(lengths(driver.say(quiet(1.0))), [100] * 10)

    def test_none_where_none_is_needed(self) -> None:
        """However long."""
        self.assertEqual(Driver(LOCAL_ONLY).settled().wait(600.0), [])

    def test_an_engine_that_is_never_parked_is_not_asked_all_the_time(self) -> None:
        driver = Driver(LOCAL_ONLY).settled()
        before = driver.supervision.due_at
        self.assertGreater(before, driver.now + 4.0)

    def test_parked_after_a_while(self) -> None:
        """The leg is ended, and the next audio opens another one."""
        driver = Driver().settled()
        self.assertNotIn("FinishLeg", kinds(driver.wait(14.9)))
        self.assertEqual(kinds(driver.wait(0.2)), ["FinishLeg"])
        self.assertEqual(driver.leg("finished"), [])
        self.assertEqual(driver.supervision.due_at, float("inf"))
        self.assertEqual(kinds(driver.call("feed", quiet(0.1))), ["OpenLeg"])
        self.assertEqual((driver.generation, driver.statuses), (2, []))

    def test_audio_that_comes_while_the_leg_is_being_parked(self) -> None:
        """It goes to the next leg, at once."""
        driver = Driver().settled()
        driver.wait(15.1)
        self.assertEqual(driver.call("feed", quiet(0.1)), [])
        self.assertEqual(kinds(driver.leg("finished")), ["OpenLeg"])
        self.assertEqual(lengths(driver.leg("opened")), [100])
