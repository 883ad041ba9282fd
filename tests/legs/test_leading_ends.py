"""Tests of alie.legs.leading: when a live leg is ended, when it has to settle something, and when it counts as dead."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.faults import Fault
from alie.legs import orders as do
from alie.legs.orders import FALLBACK
from alie.legs.policy import LegPolicy
from alie.legs.succession import Choice
from alie.speech import Traits
from tests.legs.driver import BOTH, LOCAL_ONLY, PRIMARY_ONLY, SECOND, Driver, kinds, lengths, of, quiet, speech


class EndTests(SynchronousTestCase):
    """No leg lasts longer than it may."""

    FEW = LegPolicy(roll_over_s=50.0)
    SHORT = (Choice("amazon", Traits(can_flush=False, starves_after_s=15.0, longest_stream_s=100.0)),)

    def talk(self, driver: Driver, seconds: int, *, is_final: bool) -> list[do.Order]:
        """Each second is heard, as a part of one segment or as a segment of its own."""
        orders, began_at = [], driver.now
        while driver.now < began_at + seconds and "FinishLeg" not in kinds(orders):
            orders += driver.say(quiet(1.0))
            heard_s = driver.now - 1000.0
            if "FinishLeg" not in kinds(orders):
                driver.hear("s", max(0.0, heard_s - 1.0), heard_s, is_final=is_final)
        return orders

    def test_a_new_leg_before_the_longest_stream_ends(self) -> None:
        """At the first pause of its last part; it is no trouble, and goes on where the last one ended."""
        driver = Driver(self.SHORT, self.FEW).settled()
        self.assertNotIn("FinishLeg", kinds(self.talk(driver, 49, is_final=True)))
        self.assertIn("FinishLeg", kinds(self.talk(driver, 3, is_final=True)))
        driver.call("feed", quiet(0.1))
        driver.leg("finished")
        self.assertEqual((driver.generation, driver.engine, driver.statuses), (2, do.PRIMARY, []))

    def test_without_a_pause_it_comes_all_the_same(self) -> None:
        """At the last moment."""
        driver = Driver(self.SHORT, LegPolicy(roll_over_s=50.0, open_segment_s=1000.0)).live()
        self.assertNotIn("FinishLeg", kinds(self.talk(driver, 93, is_final=False)))
        self.assertLess(driver.ticks, 200)
        self.assertIn("FinishLeg", kinds(self.talk(driver, 5, is_final=False)))

    def test_a_segment_that_does_not_end(self) -> None:
        """What is kept for a replay is bounded: the leg's end settles it."""
        driver = Driver(policy=LegPolicy(open_segment_s=20.0)).live()
        self.assertNotIn("FinishLeg", kinds(self.talk(driver, 19, is_final=False)))
        self.assertIn("FinishLeg", kinds(self.talk(driver, 3, is_final=False)))

    def test_a_leg_that_does_not_end(self) -> None:
        """Is dead; what is not final is heard again."""
        driver = Driver().live()
        driver.call("finish")
        self.assertEqual(driver.wait(4.4), [])
        orders = driver.wait(0.2)
        self.assertEqual(kinds(orders), ["AbortLeg", "Note", "TellStatus"])
        self.assertEqual((of(orders, do.Note)[0].fault, of(orders, do.Note)[0].detail), (Fault.CONNECTION, "no end"))

    def test_results_put_that_off(self) -> None:
        """And an engine in this process has a minute."""
        driver = Driver().live()
        driver.call("finish")
        for _ in range(4):
            driver.wait(4.0)
            driver.hear(is_final=False)
        self.assertEqual(driver.wait(4.0), [])
        driver = Driver(LOCAL_ONLY).live()
        driver.call("finish")
        self.assertEqual(driver.wait(59.0), [])
        self.assertIn("AbortLeg", kinds(driver.wait(2.0)))


class FlushTests(SynchronousTestCase):
    """Everything before a flush is made final, by whatever way the engine has."""

    def test_an_engine_that_can(self) -> None:
        """It is asked once all audio before is given; nothing is polled until it answers."""
        driver = Driver(LOCAL_ONLY).live()
        self.assertEqual(kinds(driver.call("flush")), ["FlushLeg"])
        self.assertGreater(driver.supervision.due_at, driver.now + 1.0)
        self.assertEqual(kinds(driver.leg("flushed")), ["TellFlushed"])
        self.assertEqual(driver.leg("flushed"), [])

    def test_a_leg_that_dies_over_it(self) -> None:
        """The next one is asked, too."""
        driver = Driver(LOCAL_ONLY).live()
        driver.call("flush")
        driver.fail(Fault.CLOSED)
        self.assertEqual(kinds(driver.leg("opened")), ["TellStatus", "FlushLeg"])

    def test_an_engine_that_is_not_open_yet(self) -> None:
        driver = Driver(LOCAL_ONLY)
        driver.call("feed", quiet(0.1))
        self.assertEqual(driver.call("flush"), [])
        self.assertEqual(driver.leg("flushed"), [])
        self.assertEqual(kinds(driver.leg("opened")), ["TellOpen", "FlushLeg"])

    def test_an_engine_that_cannot(self) -> None:
        """Silence does it, all of it at once; the answer comes when nothing is open."""
        driver = Driver().live()
        driver.hear(is_final=False)
        self.assertEqual(lengths(driver.call("flush")), [500] * 3)
        driver.hear(is_final=True)
        self.assertEqual(kinds(driver.wait(1.4)), [])
        self.assertEqual(kinds(driver.wait(0.2)), ["TellFlushed"])

    def test_many_at_one_place_are_given_silence_once(self) -> None:
        """A client that asks without end must not have us pay for it; each is answered."""
        driver = Driver().live()
        driver.call("feed", quiet(0.256))
        self.assertEqual(lengths(driver.call("flush")), [500] * 3)
        for _ in range(20):
            self.assertEqual(of(driver.call("flush"), do.FeedLeg), [])
        self.assertEqual(kinds(driver.wait(1.6)).count("TellFlushed"), 21)

    def test_speech_after_it_is_left_whole(self) -> None:
        """No silence between its words, whatever becomes of the flush."""
        driver = Driver().live()
        driver.hear(is_final=False)
        driver.call("flush")
        self.assertEqual(set(lengths(driver.say(quiet(3.5)))), {100})

    def test_a_segment_that_silence_does_not_end(self) -> None:
        """The leg is ended instead, and with it the segment."""
        driver = Driver().live()
        driver.hear(is_final=False)
        driver.call("flush")
        self.assertEqual(kinds(driver.wait(3.9)), [])
        self.assertEqual(kinds(driver.wait(0.2)), ["FinishLeg"])
        driver.hear(is_final=True)
        self.assertEqual(kinds(driver.leg("finished")), ["TellFlushed"])

    def test_audio_after_it_goes_on_with_the_next_leg(self) -> None:
        """Only what was before the flush is answered."""
        driver = Driver().live()
        driver.hear(is_final=False)
        driver.call("flush")
        driver.wait(4.1)
        driver.call("feed", quiet(0.1))
        driver.call("flush")
        self.assertEqual(kinds(driver.leg("finished")), ["Tell", "TellFlushed", "OpenLeg"])
        driver.leg("opened")
        self.assertEqual(kinds(driver.wait(1.6)), ["TellFlushed"])

    def test_a_full_leg_gets_no_silence(self) -> None:
        driver = Driver().live()
        driver.leg("backlog", True)
        self.assertEqual(driver.call("flush"), [])


class WatchdogTests(SynchronousTestCase):
    """A leg that hears speech and says nothing is dead; one that hears nothing has nothing to say."""

    def test_speech_without_a_word(self) -> None:
        """It is replaced, and the next one hears it all again."""
        driver = Driver().settled()
        orders = driver.say(speech(4.6))
        self.assertEqual(kinds(orders), ["AbortLeg", "Note", "TellStatus", "OpenLeg"])
        (note,) = of(orders, do.Note)
        self.assertEqual((note.fault, note.is_alarm), (Fault.SILENT, False))
        self.assertApproximates(note.replayed_s, 4.5, 0.11)
        self.assertApproximates(sum(lengths(driver.leg("opened"))), 2000, 501)
        self.assertIn("AbortLeg", kinds(driver.wait(10.0)))  # which is speech to that one, too

    def test_no_speech(self) -> None:
        """Not even a loud hum; and a little speech is not enough."""
        for audio in (quiet(30.0), b"\x00\x20\x00\xe0" * (30 * SECOND // 4), speech(1.7) + quiet(10.0)):
            self.assertNotIn("AbortLeg", kinds(Driver().settled().say(audio)))

    def test_a_result_ends_all_suspicion(self) -> None:
        driver = Driver().settled()
        for _ in range(5):
            self.assertNotIn("AbortLeg", kinds(driver.say(speech(4.0))))
            driver.hear("b", 0.1, 0.2, is_final=False)

    def test_also_while_the_client_waits_for_the_end(self) -> None:
        """A leg that is full and dead takes nothing any more."""
        driver = Driver().live()
        driver.say(speech(2.5))
        driver.leg("backlog", True)
        driver.say(speech(1.0))
        driver.call("finish")
        self.assertIn("AbortLeg", kinds(driver.wait(2.0)))

    def test_twice_as_patient_each_time(self) -> None:
        """What is taken for speech and is none must not cost a leg every few seconds."""
        driver, lasted = Driver(policy=LegPolicy(give_up_s=1000.0)).settled(), []
        for _ in range(6):
            began_at, before = driver.now, len(driver.opened)
            while len(driver.opened) == before:
                driver.say(speech(0.4))
            lasted.append(driver.now - began_at)
            driver.leg("opened")
        for seconds, expected in zip(lasted, [4.5, 9.0, 18.0, 36.0, 72.0, 72.0], strict=True):
            self.assertApproximates(seconds, expected, 1.5)
        driver.hear("b", is_final=True)
        self.assertEqual(driver.supervision.course.strikes, 0)

    def test_what_was_heard_to_be_nothing_is_not_kept(self) -> None:
        """Ten seconds are, half a minute of an engine in this process."""
        for engines, kept_s in ((PRIMARY_ONLY, 10.0), (LOCAL_ONLY, 30.0)):
            driver = Driver(engines).live()
            driver.say(quiet(60.0))
            account = driver.supervision.account
            self.assertApproximates(account.unsettled_bytes / SECOND, kept_s + 2.5, 2.6)

    def test_what_nobody_takes_over_is_withdrawn(self) -> None:
        """Words that were shown, and that the next leg does not hear."""
        driver = Driver().live()
        driver.hear(is_final=False)
        driver.fail(Fault.CLOSED)
        driver.leg("opened")
        (withdrawn,) = of(driver.say(quiet(20.0)), do.Tell)
        self.assertEqual((withdrawn.result.segment_id, withdrawn.result.text), ("1", ""))
        self.assertTrue(withdrawn.result.is_final)


class ReturnTests(SynchronousTestCase):
    """Back to the primary, at a pause, when it is well."""

    def on_fallback(self) -> Driver:
        """A stream whose leg on the fallback has heard everything."""
        return Driver(BOTH, LegPolicy(stay_s=15.0), begins_on=FALLBACK).settled()

    def test_not_while_the_primary_is_away(self) -> None:
        self.assertNotIn("FinishLeg", kinds(self.on_fallback().say(quiet(60.0))))

    def test_after_a_while_at_a_pause(self) -> None:
        """Words go on without a gap."""
        driver = self.on_fallback()
        driver.supervision.course.is_primary_well = True
        self.assertNotIn("FinishLeg", kinds(driver.say(quiet(14.8))))
        self.assertIn("FinishLeg", kinds(driver.say(quiet(0.4))))
        driver.call("feed", quiet(0.1))
        self.assertEqual(kinds(driver.leg("finished")), ["OpenLeg"])
        self.assertEqual(driver.engine, do.PRIMARY)
        driver.leg("opened")
        self.assertEqual(driver.statuses, ["failed_over", "live"])

    def test_never_within_a_segment(self) -> None:
        """And not in the very moment one has ended: a final may come when the next has begun."""
        driver = self.on_fallback()
        driver.supervision.course.is_primary_well = True
        driver.hear("b", is_final=False)
        self.assertNotIn("FinishLeg", kinds(driver.say(quiet(40.0))))
        self.assertLess(driver.ticks, 90)
        self.assertNotIn("FinishLeg", kinds(driver.hear("b", is_final=True) + driver.say(quiet(0.15), 0.05)))
        self.assertNotIn("FinishLeg", kinds(driver.call("tick")))
        self.assertIn("FinishLeg", kinds(driver.say(quiet(0.2), 0.05)))
