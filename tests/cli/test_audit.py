"""Tests of alie.cli.audit: verification and incident packs, on logs as the daemon leaves them."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.audit.chain import canonical
from alie.audit.fields import fields
from alie.audit.files import CURRENT, FOLDER
from alie.audit.interface import AuditEvent
from alie.audit.keys import PublicKey, load_or_make
from alie.audit.writer import Writer, Written
from alie.cli.audit.command import audit
from alie.cli.audit.options import moment
from alie.cli.audit.pack import LABEL
from alie.cli.options import parser
from alie.principal import KEY, Caller, Principal
from tests.audit.logs import CALLER, NOW_S, SESSION_ID, USER_ID, event
from tests.cli.files import folder_for
from tests.cli.test_command import COMMAND, ROOT

OTHER_ID = "99999999-bbbb-4ccc-8ddd-eeeeeeeeeeee"
CASE_ID = "77777777-bbbb-4ccc-8ddd-eeeeeeeeeeee"
OTHER = Caller(Principal(OTHER_ID, KEY))
DAY = datetime.fromtimestamp(NOW_S, UTC).date()
WHOLE_DAY = ("--since", str(DAY), "--until", str(DAY + timedelta(days=1)))


class AuditTestCase(SynchronousTestCase):
    """A state directory with a log in it."""

    def setUp(self) -> None:
        self.state = folder_for(self)
        self.key = load_or_make(self.state, {})
        self.path = self.state / FOLDER / CURRENT
        self.heads: list[str] = []
        self.write()

    def write(self) -> None:
        """One life of a daemon."""
        writer = Writer(self.state / FOLDER, self.key, lambda: NOW_S)
        self.keep(writer.open())
        events = [
            *((NOW_S + number, fields(event(number), CALLER)) for number in range(3)),
            (NOW_S + 5, fields(AuditEvent("auth.refuse", "AUTH_INVALID", address="198.51.100.9"), None)),
            (NOW_S + 6, fields(AuditEvent("case.read", resource="case", resource_id=CASE_ID), OTHER)),
            (NOW_S + 86400 * 3, fields(AuditEvent("case.list", resource="case"), OTHER)),
        ]
        self.keep(writer.write(events, must_sync=True))
        self.keep(writer.close())

    def keep(self, written: Written) -> None:
        self.heads += [f"alie[1]: audit head {one.seq} {one.hash} {one.signature}\n" for one in written.heads]

    def audit(self, *arguments: str, **environ: str) -> tuple[int, str, str]:
        """Status, standard output, standard error."""
        place = () if environ else ("--state-dir", str(self.state))
        options = parser().parse_args(["audit", *arguments, *place])
        stdout, stderr = io.StringIO(), io.StringIO()
        return audit(options, environ, stdout, stderr), stdout.getvalue(), stderr.getvalue()

    def journal(self) -> str:
        path = self.state / "heads.txt"
        path.write_text("some other line\n" + "".join(self.heads))
        return str(path)


class VerifyTests(AuditTestCase):
    """`alie audit verify`."""

    def test_all_is_well(self) -> None:
        status, out, err = self.audit("verify", "--heads", self.journal())
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(
            out,
            "The audit log is as the daemon wrote it: 8 entries and 2 signed heads, numbers 1 to 10. "
            f"Key: {self.key.public.id}\n",
        )

    def test_what_was_changed_is_told_with_its_place(self) -> None:
        content = self.path.read_bytes()
        self.path.write_bytes(content.replace(b'"finals":1', b'"finals":7'))
        status, out, _ = self.audit("verify")
        self.assertEqual(status, 1)
        self.assertIn(
            f"WRONG  {self.path}:4  This line, or the link to it in {self.path}:5, was changed (changed)", out
        )

    def test_a_tail_that_was_cut(self) -> None:
        """Nothing shows it but the journal."""
        lines = self.path.read_bytes().splitlines(keepends=True)
        self.path.write_bytes(b"".join(lines[:6]))
        status, out, _ = self.audit("verify")
        self.assertEqual(status, 0)
        self.assertIn("not provable", out)
        self.path.write_bytes(b"".join(lines[:2]))
        status, out, _ = self.audit("verify")
        self.assertEqual(status, 0)
        self.assertIn("that nothing was cut after them, only the journal's heads can prove", out)
        self.path.write_bytes(b"".join(lines[:6]))
        status, out, _ = self.audit("verify", "--heads", self.journal())
        self.assertEqual(status, 1)
        self.assertIn("At least 4 lines are missing at the end", out)

    def test_a_log_that_was_made_anew(self) -> None:
        """By who runs the server, key and all: a copy of the key that was kept elsewhere tells."""
        kept = folder_for(self) / "kept.pub"
        kept.write_bytes((self.state / "audit.pub").read_bytes())
        self.assertEqual(self.audit("verify", "--key", str(kept))[0], 0)
        for path in (self.path, self.state / "audit.key"):
            path.unlink()
        self.key = load_or_make(self.state, {})
        self.write()
        self.assertEqual(self.audit("verify")[0], 0)
        status, out, _ = self.audit("verify", "--key", str(kept))
        self.assertEqual(status, 1)
        self.assertIn("(foreign-key)", out)
        status, _, err = self.audit("verify", "--key", self.journal())
        self.assertEqual((status, "is no public key" in err), (1, True))

    def test_the_journal_agrees(self) -> None:
        self.assertEqual(self.audit("verify", "--heads", self.journal())[0], 0)

    def test_for_programs(self) -> None:
        status, out, _ = self.audit("verify", "--json")
        found = json.loads(out)
        self.assertEqual((status, found["ok"], found["key"], found["entries"]), (0, True, self.key.public.id, 8))
        self.path.write_bytes(b"")
        status, out, _ = self.audit("verify", "--json")
        found = json.loads(out)
        self.assertEqual((status, found["ok"], found["problems"][0]["kind"]), (1, False, "empty"))

    def test_where_the_daemon_has_it(self) -> None:
        self.assertEqual(self.audit("verify", ALIE_STATE_DIR=str(self.state))[0], 0)
        self.assertEqual(self.audit("verify", STATE_DIRECTORY=str(self.state))[0], 0)
        file = self.state / "alie.env"
        file.write_text(f"ALIE_STATE_DIR={self.state}\n")
        self.assertEqual(self.audit("verify", "--env-file", str(file), PATH="/bin")[0], 0)

    def test_what_cannot_be_done(self) -> None:
        empty = self.state / "empty"
        empty.mkdir()
        heads = self.state / "heads"
        heads.write_text("nothing\n")
        for arguments, environ, told in (
            (("verify",), {"ALIE_STATE_DIR": str(empty)}, "audit.pub cannot be read"),
            (("verify",), {"PATH": "/bin"}, "No state directory is known"),
            (("verify", "--heads", str(heads)), {}, "has no heads"),
            (("verify", "--heads", "/missing"), {}, "alie: /missing: No such file"),
            (("verify", "--env-file", "/missing"), {"PATH": "/bin"}, "alie: /missing: No such file"),
        ):
            status, out, err = self.audit(*arguments, **environ)
            self.assertEqual((status, out), (1, ""))
            self.assertIn(told, err)
        (self.path.parent / "audit.jsonl.1.gz").write_bytes(b"\x1f\x8bhello")
        status, _, err = self.audit("verify")
        self.assertEqual((status, err.count("the compressed file is damaged"), len(err.splitlines())), (1, 1, 1))


class IncidentTests(AuditTestCase):
    """`alie audit incident`."""

    def pack(self, *arguments: str) -> dict[str, Any]:
        path = self.state / "pack.json"
        path.unlink(missing_ok=True)
        path.with_name("pack.json.md").unlink(missing_ok=True)
        status, out, err = self.audit("incident", *arguments, "-o", str(path))
        self.assertEqual((status, err), (0, ""), out)
        found: dict[str, Any] = json.loads(path.read_text())
        return found

    def test_what_is_known(self) -> None:
        pack = self.pack(*WHOLE_DAY)
        known = pack["content"]["known"]
        self.assertEqual((known["events"], known["eventsWithoutUser"]), (7, 3))
        self.assertEqual(known["users"], {OTHER_ID: 1, USER_ID: 3})
        self.assertEqual(known["sessions"], {SESSION_ID: 3})
        self.assertEqual(known["addresses"], {"192.0.2.7": 3, "198.51.100.9": 1})
        self.assertEqual(known["resources"], {"case": {CASE_ID: 1}})
        self.assertEqual(known["outcomes"]["auth.refuse"], {"AUTH_INVALID": 1})
        self.assertEqual((known["audioSeconds"], known["engines"]), (3.75, {"amazon,embedded": 3}))
        self.assertEqual(len(known["categories"]), 3)
        self.assertTrue(pack["content"]["log"]["ok"])
        self.assertEqual(len(pack["content"]["records"]), 7)

    def test_of_one_user_or_session(self) -> None:
        self.assertEqual(self.pack(*WHOLE_DAY, "--user", OTHER_ID)["content"]["known"]["events"], 1)
        self.assertEqual(self.pack(*WHOLE_DAY, "--session", SESSION_ID.upper())["content"]["known"]["events"], 3)
        self.assertEqual(self.pack(*WHOLE_DAY, "--user", CASE_ID)["content"]["known"]["events"], 0)

    def test_the_period(self) -> None:
        """From its first moment on, and not its last."""
        begin = datetime.fromtimestamp(NOW_S, UTC)
        for seconds, events in ((0, 0), (1, 3), (2, 4), (86400 * 4, 8)):
            arguments = ("--since", begin.isoformat(), "--until", (begin + timedelta(seconds=seconds)).isoformat())
            self.assertEqual(self.pack(*arguments)["content"]["known"]["events"], events)

    def test_the_forms(self) -> None:
        """Every field of the law is there; what only the clinic knows is there to be filled in."""
        forms = self.pack(*WHOLE_DAY)["forms"]
        self.assertEqual([len(form["fields"]) for form in forms], [8, 11, 8, 11])
        for form in forms:
            self.assertEqual([field["number"] for field in form["fields"]], list(range(1, len(form["fields"]) + 1)))
            self.assertEqual({field["value"] for field in form["fields"]}, {""})
            self.assertTrue(all(field["en"] and field["fr"] for field in form["fields"]))
        persons = forms[0]["fields"][4]
        self.assertEqual(persons["known"], {"users": 2, "sessions": 1, "cases": 1})
        self.assertIsNone(forms[0]["fields"][3]["known"])

    def test_the_signature(self) -> None:
        """Over what the log knows; filling in the forms does not hurt it."""
        pack = self.pack(*WHOLE_DAY)
        signature = bytes.fromhex(pack["signature"]["value"])
        self.assertTrue(_is_signed(self.key.public, pack["content"], signature))
        pack["content"]["known"]["events"] = 6
        self.assertFalse(_is_signed(self.key.public, pack["content"], signature))

    def test_without_the_signing_key(self) -> None:
        """As where systemd keeps it from everybody but the daemon."""
        (self.state / "audit.key").unlink()
        self.assertIsNone(self.pack(*WHOLE_DAY)["signature"])
        self.assertIn("Not signed", (self.state / "pack.json.md").read_text())

    def test_a_log_that_was_changed(self) -> None:
        """Says so, and is written nevertheless."""
        self.path.write_bytes(self.path.read_bytes().replace(b'"finals":1', b'"finals":7'))
        log = self.pack(*WHOLE_DAY)["content"]["log"]
        self.assertEqual((log["ok"], log["problems"][0]["kind"]), (False, "changed"))
        self.assertIn("not as the daemon wrote it", (self.state / "pack.json.md").read_text())

    def test_the_summary(self) -> None:
        self.pack(*WHOLE_DAY)
        text = (self.state / "pack.json.md").read_text()
        for part in (USER_ID, "R-22.1, r. 1, s. 15", "Registre des incidents", "never patients", self.key.public.id):
            self.assertIn(part, text)
        self.assertIn("5. Number of persons concerned / Nombre de personnes concernées: ____ (log: users 2,", text)

    def test_files_are_new_and_for_their_owner(self) -> None:
        self.pack(*WHOLE_DAY)
        path = self.state / "pack.json"
        beside = path.with_name("pack.json.md")
        self.assertEqual({stat.S_IMODE(one.stat().st_mode) for one in (path, beside)}, {0o600})
        for there in (path, beside):
            status, _, err = self.audit("incident", *WHOLE_DAY, "-o", str(path))
            self.assertEqual((status, "File exists" in err), (1, True))
            there.unlink()
        self.assertEqual(list(self.state.glob("pack*")), [])


class OptionTests(SynchronousTestCase):
    """Times on the command line."""

    def test_times(self) -> None:
        noon = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
        for text in ("2026-11-24T12:00", "2026-11-24 12:00:00", "2026-11-24T07:00-05:00", "2026-11-24T12:00:00.000Z"):
            self.assertEqual(moment(text), noon)
        self.assertEqual(moment("2026-11-24"), noon.replace(hour=0))

    def test_no_times(self) -> None:
        import argparse

        for text in ("", "now", "2026-13-01", "24/11/2026", "2026-11-24T25:00", "20261124", "0001-01-01T00:00+14:00"):
            self.assertRaises(argparse.ArgumentTypeError, moment, text)


class CommandTests(TestCase):
    """The command as a process."""

    async def test_a_status_for_scripts(self) -> None:
        state = folder_for(self)
        key = load_or_make(state, {})
        writer = Writer(state / FOLDER, key, lambda: NOW_S)
        writer.open()
        writer.close()
        environ = {**os.environ, "PYTHONPATH": ROOT, "PYTHONDONTWRITEBYTECODE": "1", "ALIE_STATE_DIR": str(state)}

        async def run(*arguments: str) -> tuple[int, bytes]:
            out, _, status = await getProcessOutputAndValue(sys.executable, [*COMMAND, *arguments], env=environ)
            return status, out

        status, out = await run("audit", "verify")
        self.assertEqual((status, b"as the daemon wrote it" in out), (0, True))
        Path(state / FOLDER / CURRENT).write_bytes(b"")
        self.assertEqual((await run("audit", "verify"))[0], 1)
        self.assertEqual((await run("audit", "incident", "--since", "x"))[0], 2)


def _is_signed(key: PublicKey, content: dict[str, Any], signature: bytes) -> bool:
    return key.verify(LABEL, canonical(content), signature)
