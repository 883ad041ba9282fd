"""Tests of `alie doctor` as a whole: exit status, both forms, and no secret in either."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.doctor.command import doctor
from alie.cli.doctor.finding import NOT_LOOKED_AT, PROBLEM
from alie.cli.doctor.options import LOOKS
from alie.cli.options import parser
from tests.cli.files import folder_for

SECRET = "canary-that-nobody-may-see"
SECRETS = (
    "SUPABASE_ANON_KEY",
    "SUPABASE_JWT_SECRET",
    "SUPABASE_SERVICE_ROLE_KEY",
    "WS_JWT_SECRET",
    "ALIE_METRICS_TOKEN",
    "ALIE_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "DATABASE_URL",
)
UNIT = """\
[Service]
EnvironmentFile={file}
StateDirectory=alie-of-a-test
"""


class DoctorTests(SynchronousTestCase):
    """On this machine, without a daemon, and nothing asked of any other."""

    def setUp(self) -> None:
        self.folder = folder_for(self)

    def run_it(self, *arguments: str, **settings: str) -> tuple[int, str, str]:
        """Status, standard output, standard error."""
        environ = {"HOME": str(self.folder), "PORT": "0", "ALIE_ENGINE": "embedded", **settings}
        stdout, stderr = io.StringIO(), io.StringIO()
        status = doctor(parser().parse_args(["doctor", *arguments]), environ, stdout, stderr)
        return status, stdout.getvalue(), stderr.getvalue()

    def findings(self, *arguments: str, **settings: str) -> list[dict[str, Any]]:
        """As programs get them."""
        status, out, err = self.run_it("--json", *arguments, **settings)
        content = json.loads(out)
        self.assertEqual((err, content["ok"]), ("", status == 0))
        return list(content["findings"])

    def keep(self, name: str, text: str) -> Path:
        """A file that is nobody else's."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    def test_for_people(self) -> None:
        """A line for each, all of them; no daemon runs, so there is a problem."""
        status, out, err = self.run_it()
        self.assertEqual((status, err), (1, ""))
        lines = out.splitlines()
        self.assertIn("problem        daemon        none of Alie answers on 127.0.0.1 port 0", lines)
        steps = {finding["step"] for finding in self.findings()}
        for name in LOOKS:
            self.assertIn({"env-file": "env file", "process": "memory"}.get(name, name), steps)

    def test_some_of_them(self) -> None:
        """In their own order."""
        found = self.findings("port", "clock", "secrets")
        self.assertEqual([finding["step"] for finding in found], ["secrets", "port", "clock"])

    def test_no_secret_is_told(self) -> None:
        """Of the environment or the file, good or refused, in a value or in a name."""
        text = "".join(f"{name}={SECRET}\n" for name in SECRETS) + f"ALIE_WORKERS={SECRET}\nALIE_SLIP={SECRET}\n"
        file = self.keep("alie.env", f"{text}PUBLIC_WS_URL=wss://me:{SECRET}@127.0.0.1:1/ws\nPORT=0 # {SECRET}\n")
        for arguments in (("--env-file", str(file)), ("--env-file", str(file), "--json")):
            status, out, err = self.run_it(*arguments)
            self.assertEqual((status, err), (1, ""))
            self.assertNotIn(SECRET, out)
            self.assertIn("ALIE_SLIP is not known", out)

    def test_by_its_unit(self) -> None:
        """The file and the folders that systemd gives the daemon are looked at."""
        file = self.keep("alie.env", "CORS_ALLOWED_ORIGIN=https://app.example.ca\n")
        unit = self.keep("alie-backend.service", UNIT.format(file=file))
        found = self.findings("--unit", str(unit))
        self.assertIn(
            f"{file}, of root alone (mode 600)".replace("root", file.owner()), [one["detail"] for one in found]
        )
        self.assertIn("did you mean CORS_ALLOWED_ORIGINS?", [one["advice"] for one in found])
        self.assertIn("/var/lib/alie-of-a-test", next(one["detail"] for one in found if one["step"] == "disk"))
        (sandbox,) = (one for one in found if one["step"] == "sandbox")
        self.assertIn(sandbox["state"], (PROBLEM, NOT_LOOKED_AT))

    def test_a_file_that_cannot_be_read(self) -> None:
        """Is one line."""
        status, out, err = self.run_it("--env-file", "/nowhere")
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(err, "alie: the settings in /nowhere cannot be read: No such file or directory\n")

    def test_an_address_without_a_server(self) -> None:
        """Certificate and every route are problems."""
        found = self.findings("--url", "wss://127.0.0.1:1/own")
        for step, count in (("certificate", 1), ("route", 4)):
            problems = [one["detail"] for one in found if one["step"] == step and one["state"] == PROBLEM]
            self.assertEqual(len([one for one in problems if "nothing listens on 127.0.0.1 port 1" in one]), count)

    def test_what_makes_no_sense(self) -> None:
        """Is exit status 2."""
        for words in (
            ("--url", "ftp://x"),
            ("--connect-to", "x"),
            ("--timeout", "0"),
            ("nothing",),
            ("--connect-to", "h:99999"),
        ):
            with self.assertRaises(SystemExit) as caught:
                parser().parse_args(["doctor", *words])
            self.assertEqual(caught.exception.code, 2)
