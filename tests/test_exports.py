"""Tests of alie.exports: what is kept for `cmd.export`, and how often it is handed out."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import errors
from alie import events as on
from alie.errors import Capacity, RetentionOff
from alie.exports import MAX_CHARACTERS, MAX_EXPORTS, Exports
from tests.support.driving import Driver, final, partial
from tests.support.proofs import ANNE, person
from tests.support.reading import kinds, messages


class ExportsTests(SynchronousTestCase):
    """All finals so far or nothing, one export at a time."""

    def test_text(self) -> None:
        """A line each."""
        exports = Exports()
        exports.add("One.")
        exports.add("Two.")
        self.assertEqual(exports.begin(), "One.\nTwo.")

    def test_nothing_yet(self) -> None:
        """An empty file would be no truth."""
        self.assertIn("no text yet", str(self.assertRaises(RetentionOff, Exports().begin)))

    def test_one_at_a_time(self) -> None:
        """Until the one before is done."""
        exports = Exports()
        exports.add("One.")
        exports.begin()
        self.assertRaises(Capacity, exports.begin)
        exports.end()
        self.assertEqual(exports.begin(), "One.")

    def test_so_many_and_no_more(self) -> None:
        """Refusals do not count."""
        exports = Exports()
        self.assertRaises(RetentionOff, exports.begin)
        exports.add("One.")
        for _ in range(MAX_EXPORTS):
            exports.begin()
            exports.end()
        self.assertIn("times already", str(self.assertRaises(Capacity, exports.begin)))

    def test_too_long(self) -> None:
        """Half a text is none: all is forgotten, and it is said so."""
        exports = Exports()
        exports.add("x" * (MAX_CHARACTERS - 1))
        self.assertEqual(len(exports.begin()), MAX_CHARACTERS - 1)
        exports.end()
        exports.add("y")
        exports.add("z")
        self.assertIn("too long", str(self.assertRaises(RetentionOff, exports.begin)))


class CommandTests(SynchronousTestCase):
    """`cmd.export`: only with a place to export to, and only for a person."""

    def exporting(self) -> Driver:
        """A dictation of Anne's with a final, where exports have a place to go."""
        driver = Driver(is_token_owed=True, caller=person(ANNE), can_export=True).dictating()
        driver.hear(partial())
        driver.hear(final(text="Toux."))
        driver.actions.clear()
        return driver

    def test_export(self) -> None:
        """The link is told; the text never is."""
        driver = self.exporting()
        driver.hear(final("e-2", text=""))
        driver.hear(final("e-3", text="Fièvre."))
        self.assertEqual(driver.say("cmd.export"), [do.Export("Toux.\nFièvre.")])
        self.assertEqual(
            messages(driver.receive(on.Exported("https://s3.example/1", "2026-01-31T14:18:22Z"))),
            [
                {
                    "type": "cmd_ack",
                    "cmd": "export",
                    "ok": True,
                    "url": "https://s3.example/1",
                    "expiresAt": "2026-01-31T14:18:22Z",
                }
            ],
        )

    def test_failed(self) -> None:
        """The truth, and another try."""
        driver = self.exporting()
        driver.say("cmd.export")
        (ack,) = messages(driver.receive(on.Exported(error=errors.RetentionOff("The bucket keeps too long"))))
        self.assertEqual((ack["ok"], ack["code"], ack["error"]), (False, "RETENTION_OFF", "The bucket keeps too long"))
        self.assertEqual(kinds(driver.say("cmd.export")), ["Export"])

    def test_one_at_a_time(self) -> None:
        """The second is refused, not queued."""
        driver = self.exporting()
        driver.say("cmd.export")
        (ack,) = messages(driver.say("cmd.export"))
        self.assertEqual((ack["ok"], ack["code"]), (False, "CAPACITY"))

    def test_nowhere_or_for_nobody(self) -> None:
        """Nothing is kept then, and it is said so."""
        for caller, can_export in ((person(), False), (None, True), (person(way="origin"), True)):
            driver = Driver(caller=caller, can_export=can_export).dictating()
            driver.hear(final())
            self.assertIsNone(driver.session.dictation.exports)
            (ack,) = messages(driver.say("cmd.export"))
            self.assertEqual((ack["ok"], ack["code"]), (False, "RETENTION_OFF"))

    def test_save_is_never_here(self) -> None:
        """Text is saved by POST /api/sessions."""
        (ack,) = messages(self.exporting().say("cmd.save"))
        self.assertEqual((ack["cmd"], ack["ok"], ack["code"]), ("save", False, "RETENTION_OFF"))

    def test_gone_with_the_session(self) -> None:
        """However it ends; a link that comes later is told to nobody."""
        driver = self.exporting()
        driver.say("cmd.export")
        driver.receive(on.Lost())
        self.assertIsNone(driver.session.dictation.exports)
        self.assertEqual(driver.receive(on.Exported("https://s3.example/1", "")), [])
