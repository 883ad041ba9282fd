"""Tests of alie.legs.supervision: each way a vendor can end a leg leads to what its row says."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.errors import EngineRejected, EngineThrottled, EngineUnavailable
from alie.faults import Fault
from alie.legs import orders as do
from alie.legs.orders import FALLBACK, PRIMARY
from tests.legs.driver import BOTH, Driver, kinds, of, quiet


class FaultTests(SynchronousTestCase):
    """The table of faults, row by row, on a leg that was live."""

    def answer(self, fault: Fault) -> tuple[Driver, list[do.Order]]:
        """What is ordered when a live leg fails so."""
        driver = Driver(BOTH).live()
        return driver, driver.fail(fault)

    def test_reopened_at_once(self) -> None:
        """Starved, too large, closed without a word: the next leg is asked for in the same breath."""
        for fault in (Fault.STARVED, Fault.OVERSIZE, Fault.CLOSED, Fault.SILENT, Fault.CONFLICT, Fault.CREDENTIALS):
            _, orders = self.answer(fault)
            self.assertEqual(kinds(orders), ["Note", "TellStatus", "OpenLeg"], fault)
            self.assertEqual(of(orders, do.OpenLeg)[0].engine, PRIMARY)

    def test_with_a_pause(self) -> None:
        """Trouble at the vendor, on the way, or with its quota: it grows."""
        for fault, first_s in ((Fault.CONNECTION, 0.25), (Fault.SERVICE, 0.25), (Fault.LIMIT, 1.0)):
            driver, orders = self.answer(fault)
            self.assertEqual(kinds(orders), ["Note", "TellStatus"], fault)
            self.assertEqual(kinds(driver.wait(first_s - 0.06)), [])
            self.assertEqual(kinds(driver.wait(0.12)), ["OpenLeg"])
            driver.fail(fault)
            self.assertEqual(kinds(driver.wait(2 * first_s - 0.06)), [])
            self.assertEqual(kinds(driver.wait(0.12)), ["OpenLeg"])

    def test_alarms(self) -> None:
        """What an operator must mend is noted as that."""
        alarming = {fault for fault in Fault if of(self.answer(fault)[1], do.Note)[0].is_alarm}
        self.assertEqual(alarming, {Fault.STARVED, Fault.OVERSIZE, Fault.CONFLICT, Fault.CREDENTIALS, Fault.PARAMETER})

    def test_what_is_told(self) -> None:
        """The sentence of a class, never the vendor's."""
        expected = {Fault.LIMIT: EngineThrottled, Fault.PARAMETER: EngineRejected}
        for fault in Fault:
            (status,) = of(self.answer(fault)[1], do.TellStatus)
            self.assertIs(type(status.error), expected.get(fault, EngineUnavailable), fault)

    def test_a_refusal_that_is_no_fault_of_a_stream(self) -> None:
        """It is told by its code, and tried again."""
        driver = Driver().live()
        (note,) = of(driver.refuse(EngineUnavailable()), do.Note)
        self.assertEqual((note.fault, note.detail), (Fault.SERVICE, EngineUnavailable.code))

    def test_conflict(self) -> None:
        """Another owner of the id: this one takes a new one, each time."""
        driver = Driver().live()
        driver.fail(Fault.CONFLICT)
        driver.fail(Fault.CONFLICT)
        driver.wait(1.0)
        self.assertEqual([opening.spec.session_id for opening in driver.opened], ["id-0", "id-1", "id-2"])
        driver.fail(Fault.CLOSED)
        driver.wait(1.0)
        self.assertEqual(driver.opened[-1].spec.session_id, "id-2")

    def test_credentials(self) -> None:
        """Fresh ones may do; if not, another engine takes over at once."""
        driver, _ = self.answer(Fault.CREDENTIALS)
        self.assertEqual(driver.engine, PRIMARY)
        self.assertEqual(kinds(driver.fail(Fault.CREDENTIALS)), ["Note", "OpenLeg"])
        self.assertEqual(driver.engine, FALLBACK)

    def test_credentials_where_there_is_no_other(self) -> None:
        """They are tried again, ever more rarely: an operator may mend them."""
        driver = Driver().live()
        driver.fail(Fault.CREDENTIALS)
        driver.fail(Fault.CREDENTIALS)
        self.assertEqual(kinds(driver.wait(4.9)), [])
        self.assertEqual(kinds(driver.wait(0.2)), ["OpenLeg"])


class ParameterTests(SynchronousTestCase):
    """The vendor cannot take the parameters: the same request would fail again."""

    def test_once_without_extras(self) -> None:
        """No vocabulary, nothing that was configured beyond what was asked for."""
        driver = Driver(vocabulary_name="cardiology").live()
        self.assertEqual(kinds(driver.fail(Fault.PARAMETER)), ["Note", "TellStatus", "OpenLeg"])
        first, second = (opening.spec for opening in driver.opened)
        self.assertEqual((first.without_extras, first.vocabulary_name), (False, "cardiology"))
        self.assertEqual((second.without_extras, second.vocabulary_name), (True, None))

    def test_then_the_fallback(self) -> None:
        driver = Driver(BOTH).live()
        driver.fail(Fault.PARAMETER)
        self.assertEqual(kinds(driver.fail(Fault.PARAMETER)), ["Note", "OpenLeg"])
        self.assertEqual((driver.engine, driver.opened[-1].spec.without_extras), (FALLBACK, True))

    def test_then_the_end(self) -> None:
        """Where there is no other."""
        driver = Driver().live()
        driver.fail(Fault.PARAMETER)
        orders = driver.fail(Fault.PARAMETER)
        self.assertEqual(kinds(orders), ["Note", "TellFailed"])
        self.assertIsInstance(of(orders, do.TellFailed)[0].error, EngineRejected)
        self.assertEqual(driver.call("feed", quiet(1.0)), [])

    def test_a_fallback_that_cannot_take_them(self) -> None:
        """That says nothing of the primary's extras."""
        driver = Driver(BOTH, begins_on=FALLBACK, vocabulary_name="cardiology")
        driver.call("feed", quiet(0.1))
        driver.fail(Fault.PARAMETER)
        self.assertEqual((driver.engine, driver.opened[-1].spec.vocabulary_name), (PRIMARY, "cardiology"))
