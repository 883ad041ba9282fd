"""Tests of alie.legs.supervision: when legs come and go, who is told what, and that nobody is told twice."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.errors import EngineThrottled, EngineUnavailable
from alie.faults import Fault, StreamFailed
from alie.legs import orders as do
from alie.legs.orders import FALLBACK, PRIMARY
from alie.legs.policy import LegPolicy
from alie.legs.succession import NEVER
from alie.transcript import Result
from tests.legs.driver import BOTH, LOCAL_ONLY, Driver, kinds, lengths, of, quiet


class OpeningTests(SynchronousTestCase):
    """A leg costs money: none without audio."""

    def test_on_the_first_audio(self) -> None:
        """Once; frames that follow wait for it."""
        driver = Driver()
        self.assertEqual((driver.supervision.due_at, driver.wait(100.0)), (NEVER, []))
        (opening,) = driver.call("feed", quiet(0.1))
        self.assertEqual((opening.engine, opening.spec.session_id), (PRIMARY, "id-0"))
        self.assertEqual(driver.call("feed", quiet(0.1)), [])
        orders = driver.leg("opened")
        self.assertEqual((kinds(orders), lengths(orders)), (["TellOpen"], [200]))

    def test_on_the_fallback(self) -> None:
        """While the primary is known to be away; that is told."""
        driver = Driver(BOTH, begins_on=FALLBACK)
        driver.call("feed", quiet(0.1))
        self.assertEqual(driver.engine, FALLBACK)
        self.assertEqual(kinds(driver.leg("opened")), ["TellOpen", "TellStatus"])
        self.assertEqual(driver.statuses, ["failed_over"])

    def test_nothing_said_nothing_opened(self) -> None:
        """A flush and the end are answered at once."""
        driver = Driver()
        self.assertEqual(kinds(driver.call("flush") + driver.call("finish")), ["TellFlushed", "TellFinished"])
        self.assertEqual(driver.opened, [])

    def test_the_end(self) -> None:
        """When the leg has told all."""
        driver = Driver().live()
        self.assertEqual(kinds(driver.call("finish")), ["FinishLeg"])
        driver.hear(is_final=True)
        self.assertEqual(kinds(driver.leg("finished")), ["TellFinished"])

    def test_the_end_before_the_leg_is_open(self) -> None:
        """It still gets everything."""
        driver = Driver()
        driver.call("feed", quiet(0.1))
        self.assertEqual(driver.call("finish"), [])
        orders = driver.leg("opened")
        self.assertEqual((kinds(orders), lengths(orders)), (["TellOpen", "FinishLeg"], [100]))

    def test_an_engine_in_this_process_may_take_its_time(self) -> None:
        """It loads its model; a vendor may not."""
        driver = Driver(LOCAL_ONLY)
        driver.call("feed", quiet(0.1))
        self.assertEqual(driver.wait(59.0), [])
        driver = Driver()
        driver.call("feed", quiet(0.1))
        self.assertEqual(driver.wait(4.4), [])
        (abort, note, *_) = driver.wait(0.2)
        self.assertEqual((abort, note.detail), (do.AbortLeg(), "not opened in time"))


class StaleTests(SynchronousTestCase):
    """What a leg tells that has been replaced is about audio that is heard again."""

    CALLS = (
        ("queued",),
        ("granted",),
        ("opened",),
        ("result", Result("a", 0.0, 0.1, "twice", True)),
        ("flushed",),
        ("finished",),
        ("failed", StreamFailed(Fault.CONFLICT)),
        ("backlog", True),
    )

    def test_every_callback_of_an_earlier_leg(self) -> None:
        """Ignored; a conflict above all, which the vendor tells the older one."""
        driver = Driver(LOCAL_ONLY).live()
        driver.fail(Fault.CLOSED)
        driver.leg("opened")
        driver.call("flush")
        for what, *values in self.CALLS:
            self.assertEqual(driver.call(what, 1, *values), [], what)
        self.assertEqual(len(driver.opened), 2)
        self.assertEqual(lengths(driver.call("feed", quiet(0.1))), [100])

    def test_opened_twice(self) -> None:
        """Only the first time means anything."""
        driver = Driver().live()
        self.assertEqual(driver.leg("opened"), [])
        driver.call("finish")
        self.assertEqual(driver.leg("opened"), [])
        self.assertEqual(kinds(driver.leg("finished")), ["TellFinished"])

    def test_after_the_end(self) -> None:
        """Whatever comes, nothing is ordered and nothing is kept in time."""
        driver = Driver().live()
        driver.call("finish")
        driver.leg("finished")
        for what, *values in self.CALLS:
            self.assertEqual(driver.leg(what, *values), [], what)
        self.assertEqual(driver.call("feed", quiet(60.0)) + driver.call("flush") + driver.call("finish"), [])
        self.assertEqual((driver.call("tick"), driver.supervision.due_at), ([], NEVER))


class TroubleTests(SynchronousTestCase):
    """A leg dies under a session."""

    def test_told_at_once(self) -> None:
        """That it is being reopened, and that it is."""
        driver = Driver().live()
        status = of(driver.fail(), do.TellStatus)[0]
        self.assertEqual((status.state, status.engine, type(status.error)), ("recovering", 0, EngineUnavailable))
        driver.wait(0.3)
        self.assertEqual(kinds(driver.leg("opened")), ["TellStatus"])
        self.assertEqual(driver.statuses, ["recovering", "live"])

    def test_what_is_not_final_is_heard_again(self) -> None:
        """And what is, is not."""
        driver = Driver().live()
        driver.say(quiet(1.9))
        driver.hear("a", 0.0, 1.5, is_final=True)
        driver.hear("b", 1.6, 1.9, is_final=False)
        (note,) = of(driver.fail(Fault.CLOSED), do.Note)
        self.assertApproximates(note.replayed_s, 0.5, 0.01)
        self.assertEqual(lengths(driver.leg("opened")), [500])
        (told,) = of(driver.hear("x", 0.1, 0.5, is_final=True), do.Tell)
        self.assertEqual((told.result.segment_id, told.result.start_s, told.result.engine), ("2", 1.6, "amazon"))

    def test_a_leg_that_had_nothing_left_to_do(self) -> None:
        """No trouble at all: the next audio opens the next one, and a flush is answered."""
        driver = Driver().settled()
        driver.call("flush")
        self.assertEqual(kinds(driver.fail()), ["Note", "TellFlushed"])
        self.assertEqual((driver.statuses, driver.supervision.due_at), ([], NEVER))
        self.assertEqual(kinds(driver.call("feed", quiet(0.1))), ["OpenLeg"])

    def test_a_leg_that_had_only_to_end(self) -> None:
        """Everything is final: another would cost money and time for nothing."""
        driver = Driver().settled()
        driver.call("finish")
        self.assertEqual(kinds(driver.fail()), ["Note", "TellFinished"])
        driver = Driver().settled()
        driver.call("finish")
        self.assertEqual(kinds(driver.wait(5.0)), ["AbortLeg", "Note", "TellFinished"])

    def test_words_that_were_shown_and_are_settled_elsewhere(self) -> None:
        """They are withdrawn when no leg will ever take them over."""
        driver = Driver().live()
        driver.hear("b", 0.05, 0.1, is_final=False)
        driver.hear("a", 0.0, 0.05, is_final=True)
        driver.supervision.account.settle(driver.supervision.account.ring.end)
        orders = driver.fail()
        self.assertEqual([tell.result.text for tell in of(orders, do.Tell)], [""])

    def test_states_are_told_once_each(self) -> None:
        """A leg that opens and fails without a word, again and again: one trouble."""
        driver = Driver(policy=LegPolicy(give_up_s=30.0)).live()
        for _ in range(3):
            driver.fail(Fault.SERVICE)
            driver.until_live(PRIMARY)
        self.assertEqual(driver.statuses, ["recovering", "live"] * 3)
        driver.hear("b", is_final=False)
        driver.hear("b", is_final=True)
        driver.wait(12.0)
        self.assertEqual(driver.statuses, ["recovering", "live"] * 3)

    def test_a_leg_that_seemed_to_listen_is_not_believed_at_once(self) -> None:
        """That the next one opens says little: it must say something, or last for ten seconds."""
        for says, wait_s in ((True, 0.1), (False, 10.1)):
            driver = Driver().live()
            driver.fail(Fault.SILENT)
            self.assertEqual(kinds(driver.leg("opened")), [])
            self.assertEqual(driver.statuses, ["recovering"])
            if says:
                driver.hear("b", is_final=False)
            driver.wait(wait_s)
            self.assertEqual(driver.statuses, ["recovering", "live"])

    def test_well_again_means_a_new_trouble_is_a_new_one(self) -> None:
        """Its back-off begins anew."""
        driver = Driver().live()
        delays = []
        for _ in range(2):
            failed_at = driver.now
            driver.fail(Fault.CONNECTION)
            driver.until_live(PRIMARY)
            delays.append(driver.now - failed_at)
            driver.wait(10.1)
        self.assertApproximates(delays[0], delays[1], 0.06)

    def test_no_engine_for_too_long(self) -> None:
        """The session fails, told why."""
        driver = Driver()
        driver.call("feed", quiet(0.1))
        began_at = driver.now
        while "TellFailed" not in kinds(driver.all):
            if driver.supervision.leg is not None:
                driver.fail(Fault.SERVICE)
            driver.wait(0.5)
        self.assertApproximates(driver.now - began_at, 90.0, 1.0)
        self.assertIsInstance(of(driver.all, do.TellFailed)[0].error, EngineUnavailable)

    def test_trouble_that_lasts_is_told_once(self) -> None:
        """However often it is tried; another kind of trouble is told."""
        driver = Driver().live()
        for fault in (Fault.SERVICE, Fault.CONNECTION, Fault.LIMIT, Fault.LIMIT):
            driver.fail(fault)
            driver.wait(3.0)
        self.assertEqual(driver.statuses, ["recovering"] * 2)
        errors = [type(order.error) for order in of(driver.all, do.TellStatus)]
        self.assertEqual(errors, [EngineUnavailable, EngineThrottled])
