"""Tests of alie.cli.compliance: a statement is signed with the daemon's key, and any change to it is found."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.audit.files import CURRENT, FOLDER
from alie.audit.keys import SigningKey, load_or_make
from alie.audit.writer import Writer
from alie.cli.compliance.command import compliance
from alie.cli.options import parser
from tests.cli.files import folder_for
from tests.cli.test_command import COMMAND, ROOT


class ComplianceTestCase(SynchronousTestCase):
    """A state directory of one's own."""

    def setUp(self) -> None:
        self.state = folder_for(self) / "state"
        self.state.mkdir(mode=0o700)

    def run_it(self, *arguments: str, **settings: str) -> tuple[int, str, str]:
        """Status, standard output, standard error."""
        given = {"ALIE_STATE_DIR": str(self.state), "ALIE_ENGINE": "embedded", **settings}
        environ = {name: text for name, text in given.items() if text}
        stdout, stderr = io.StringIO(), io.StringIO()
        status = compliance(parser().parse_args(["compliance", *arguments]), environ, stdout, stderr)
        return status, stdout.getvalue(), stderr.getvalue()

    def signed(self, **settings: str) -> dict[str, Any]:
        """A statement as it is kept."""
        status, out, err = self.run_it("--json", **settings)
        self.assertEqual((status, err), (0, ""))
        return dict(json.loads(out))

    def keep(self, content: object) -> str:
        """A file with it."""
        path = folder_for(self) / "statement.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)


class SigningTests(ComplianceTestCase):
    """Statements that are made."""

    def test_for_people(self) -> None:
        """In words, signed."""
        status, out, err = self.run_it()
        self.assertEqual((status, err), (0, ""))
        self.assertIn("Nothing leaves this machine", out)
        self.assertIn(f"Signed with key {load_or_make(self.state, {}).public.id}: ", out)

    def test_verified(self) -> None:
        """By this server's own key, or by a copy of it anywhere else; also where the settings would not start."""
        path = self.keep(self.signed())
        copy = folder_for(self) / "audit.pub"
        copy.write_bytes((self.state / "audit.pub").read_bytes())
        file = self.keep(f"ALIE_STATE_DIR={self.state}\n")
        for arguments, settings in (
            ((), {}),
            ((), {"PORT": "http"}),
            (("--key", str(copy)), {"ALIE_STATE_DIR": ""}),
            (("--env-file", file), {"ALIE_STATE_DIR": ""}),
        ):
            status, out, err = self.run_it("--verify", path, *arguments, **settings)
            self.assertEqual((status, err), (0, ""), (arguments, settings))
            self.assertIn("is as it was signed", out)

    def test_the_audit_log(self) -> None:
        """Is verified on the way; a fault in it is in the statement."""
        self.assertEqual(self.signed()["statement"]["audit"], "there is none yet")
        writer = Writer(self.state / FOLDER, load_or_make(self.state, {}), lambda: 1e9)
        writer.open()
        writer.close()
        self.assertIn("as the daemon wrote it", self.signed()["statement"]["audit"])
        path = self.state / FOLDER / CURRENT
        path.write_bytes(path.read_bytes().replace(b"audit.start", b"audit.stare"))
        self.assertIn("is not as the daemon wrote it", self.signed()["statement"]["audit"])

    def test_the_last_canary_run(self) -> None:
        """Its report is in it; what is no report is none."""
        report = {"ranAt": "2026-11-24T09:00:00Z", "ok": True, "complete": True}
        for text, expected in ((json.dumps(report), report), ("no JSON", None), ("[]", None)):
            (self.state / "canary.json").write_text(text)
            self.assertEqual(self.signed()["statement"]["canary"], expected)


class TamperingTests(ComplianceTestCase):
    """Statements that are not as they were signed."""

    def refused(self, content: object, *arguments: str) -> str:
        """What is said."""
        status, out, err = self.run_it("--verify", self.keep(content), *arguments)
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(len(err.splitlines()), 1)
        return err

    def test_any_part(self) -> None:
        """Each value changed, each removed, one added."""
        signed = self.signed()
        for name in signed["statement"]:
            rest = {key: value for key, value in signed["statement"].items() if key != name}
            for changed in (rest, {**rest, name: "other"}):
                self.assertIn("signature is not good", self.refused({**signed, "statement": changed}))
        added = {**signed["statement"], "more": True}
        self.assertIn("signature is not good", self.refused({**signed, "statement": added}))

    def test_another_key(self) -> None:
        """The key's id in the file counts for nothing."""
        signed = self.signed()
        other = folder_for(self) / "other.pub"
        other.write_bytes(SigningKey.generate().public.pem())
        self.assertIn("signature is not good", self.refused(signed, "--key", str(other)))

    def test_no_statement(self) -> None:
        """One line, whatever it is."""
        signed = self.signed()
        for content in (
            "",
            "no JSON",
            "[]",
            "{}",
            "[" * 100_000,
            {**signed, "signature": "?"},
            {**signed, "signature": 7},
        ):
            self.assertIn("is no statement", self.refused(content))
        for changed in ({**signed, "signature": ""}, {**signed, "statement": []}):
            self.assertIn("signature is not good", self.refused(changed))

    def test_no_key(self) -> None:
        """Named and not there, no key at all, or none known."""
        path = self.keep(self.signed())
        for arguments, settings, part in (
            (("--key", "/nonexistent"), {}, "/nonexistent"),
            (("--key", path), {}, "is no public key"),
            ((), {"ALIE_STATE_DIR": ""}, "No key is known"),
            ((), {"ALIE_STATE_DIR": str(folder_for(self))}, "audit.pub cannot be read"),
        ):
            status, _, err = self.run_it("--verify", path, *arguments, **settings)
            self.assertEqual(status, 1)
            self.assertIn(part, err)


class RefusalTests(ComplianceTestCase):
    """What would not let the daemon start gets no statement."""

    def test_settings(self) -> None:
        """A line for each fault."""
        status, out, err = self.run_it(PORT="http", AWS_REGION="us-east-1")
        self.assertEqual((status, out), (1, ""))
        self.assertEqual([line[:6] for line in err.splitlines()], ["alie: "] * 2)

    def test_a_state_directory_that_others_can_use(self) -> None:
        """And nothing is made in it."""
        self.state.chmod(0o750)
        status, _, err = self.run_it()
        self.assertEqual(status, 1)
        self.assertIn("chmod 700", err)
        self.assertEqual(list(self.state.iterdir()), [])

    def test_root_makes_no_directory(self) -> None:
        """What root made, the daemon's user could not use."""
        missing = self.state / "missing"
        self.patch(os, "geteuid", lambda: 0)
        status, _, err = self.run_it(ALIE_STATE_DIR=str(missing))
        self.assertEqual(status, 1)
        self.assertIn("start the daemon once", err)
        self.assertFalse(missing.exists())

    def test_root_in_a_directory_of_the_daemons_user(self) -> None:
        """Makes no key there that the daemon could not read."""
        self.patch(os, "geteuid", lambda: self.state.stat().st_uid + 1)
        status, _, err = self.run_it()
        self.assertEqual(status, 1)
        self.assertIn("run this as", err)
        self.assertEqual(list(self.state.iterdir()), [])

    def test_a_key_that_systemd_keeps(self) -> None:
        """No other is made in its place, so that the log stays provable."""
        credentials = folder_for(self)
        (credentials / "audit.key").write_bytes(SigningKey.generate().pem())
        (credentials / "audit.key").chmod(0o400)
        there = {"CREDENTIALS_DIRECTORY": str(credentials)}
        key = load_or_make(self.state, there)
        self.assertEqual(self.signed(**there)["keyId"], key.public.id)
        status, out, err = self.run_it()
        self.assertEqual((status, out), (1, ""))
        self.assertIn("LoadCredential", err)
        self.assertEqual([path.name for path in self.state.iterdir()], ["audit.pub"])


class CommandTests(TestCase):
    """The command itself, in a process."""

    async def test_sign_and_verify(self) -> None:
        """From nothing but a home."""
        home = folder_for(self)
        environ = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": ROOT, "PYTHONDONTWRITEBYTECODE": "1"}
        state = Path(home, ".local/state/alie")
        state.mkdir(mode=0o700, parents=True)

        async def alie(*arguments: str) -> tuple[bytes, bytes, int]:
            return await getProcessOutputAndValue(sys.executable, [*COMMAND, "compliance", *arguments], env=environ)

        out, err, status = await alie("--json")
        self.assertEqual((status, err), (0, b""))
        statement = home / "statement.json"
        statement.write_bytes(out)
        out, err, status = await alie("--verify", str(statement))
        self.assertEqual((status, err), (0, b""))
        self.assertIn(b"is as it was signed", out)
        self.assertEqual(sorted(path.name for path in state.iterdir()), ["audit.key", "audit.pub"])
