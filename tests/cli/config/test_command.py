"""Tests of `alie config show` and `alie config check`: what is written, and the exit status."""

from __future__ import annotations

import io
import json
import socket
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.config.command import config
from alie.cli.options import parser
from tests.cli.files import folder_for
from tests.test_config import OLD_GUIDE

SECRET = "canary-that-nobody-may-see"


class ConfigTestCase(SynchronousTestCase):
    """Runs the command on settings of its own."""

    def setUp(self) -> None:
        self.home = folder_for(self)

    def run_it(self, *arguments: str, **settings: str) -> tuple[int, str, str]:
        """Status, standard output, standard error; PORT is a free one unless it is set."""
        environ = {"HOME": str(self.home), "PORT": "0", "ALIE_ENGINE": "embedded", **settings}
        environ = {name: text for name, text in environ.items() if text}
        stdout, stderr = io.StringIO(), io.StringIO()
        status = config(parser().parse_args(["config", *arguments]), environ, stdout, stderr)
        return status, stdout.getvalue(), stderr.getvalue()

    def keep(self, text: str) -> str:
        """A file of settings."""
        path = self.home / "alie.env"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def checked(self, **settings: str) -> tuple[list[str], dict[str, Any]]:
        """What stands in the way, as it is told for people and for programs."""
        status, out, err = self.run_it("check", "--json", **settings)
        content = json.loads(out)
        told = [line.removeprefix("alie: ") for line in err.splitlines()]
        self.assertEqual((status, content["ok"], content["problems"]), (1 if told else 0, not told, told))
        return told, content


class ShowTests(ConfigTestCase):
    """`alie config show`."""

    def test_for_people(self) -> None:
        """A line a setting: name, source, value."""
        status, out, err = self.run_it("show", "--env-file", self.keep("ALIE_HOSTS=api.alie.app\nNODE_ENV=x\n"))
        self.assertEqual((status, err), (0, ""))
        lines = [line.split() for line in out.splitlines()]
        self.assertIn(["PORT", "environment", "0"], lines)
        self.assertIn(["ALIE_HOSTS", "env", "file", "api.alie.app"], lines)
        self.assertIn(["ALIE_METRICS_TOKEN", "default"], lines)
        self.assertIn("[has no effect]", out)

    def test_for_programs(self) -> None:
        """The same as an object."""
        status, out, _ = self.run_it("show", "--json")
        settings = {row["name"]: row for row in json.loads(out)["settings"]}
        self.assertEqual(status, 0)
        self.assertEqual(settings["PORT"], {"name": "PORT", "value": "0", "source": "environment", "remark": ""})

    def test_what_is_refused(self) -> None:
        """Is told on standard error, all of it; the rest is shown all the same."""
        status, out, err = self.run_it("show", PORT="http", ALIE_WORKER="1", ALIE_METRICS_TOKEN=SECRET)
        self.assertEqual(status, 1)
        self.assertIn("did you mean", err)
        self.assertEqual(len(err.splitlines()), 2)
        self.assertIn("ALIE_METRICS_TOKEN", out)
        self.assertNotIn(SECRET, out + err)

    def test_a_file_that_is_not_there(self) -> None:
        """Is one line."""
        for action in ("show", "check"):
            status, out, err = self.run_it(action, "--env-file", "/nowhere")
            self.assertEqual((status, out), (1, ""))
            self.assertEqual(err, "alie: the settings in /nowhere cannot be read: No such file or directory\n")


class CheckTests(ConfigTestCase):
    """`alie config check`."""

    def test_it_would_start(self) -> None:
        """Nothing is made on the way."""
        status, out, err = self.run_it("check")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("The daemon would start.\nEngine: embedded. ", out)
        self.assertIn(f"The state directory {self.home}/.local/state/alie will be made\n", out)
        self.assertEqual(list(self.home.iterdir()), [])

    def test_the_file_of_the_old_backend(self) -> None:
        """As it is."""
        values = OLD_GUIDE | {"PORT": "0"}
        lines = "".join(f"{name}={text}\n" for name, text in values.items())
        file = self.keep(f"{lines}NODE_ENV=production\nOPENAI_API_KEY={SECRET}\n")
        status, out, err = self.run_it("check", "--env-file", file, PORT="", ALIE_ENGINE="")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("Engine: amazon. AWS credentials are in the environment", out)
        self.assertIn("OPENAI_API_KEY is set and has no effect", out)
        self.assertNotIn(SECRET, out)

    def test_every_fault_at_once(self) -> None:
        """Values, folders, engine."""
        state = self.home / "state"
        state.mkdir(mode=0o755)
        told, _ = self.checked(
            RATE_LIMIT_ENABLED="perhaps",
            ALIE_STATE_DIR=str(state),
            ALIE_MODEL_DIR=str(self.home),
            ALIE_METRICS_TOKN="x",
        )
        parts = ("RATE_LIMIT_ENABLED must", "did you mean ALIE_METRICS_TOKEN", "lacks", "chmod 700")
        for part, line in zip(parts, told, strict=True):
            self.assertIn(part, line)

    def test_a_port_that_is_taken(self) -> None:
        """By somebody else."""
        with socket.create_server(("127.0.0.1", 0)) as other:
            other.settimeout(0)
            told, _ = self.checked(PORT=str(other.getsockname()[1]))
        self.assertEqual(len(told), 1)
        self.assertIn("cannot listen on 127.0.0.1 port", told[0])

    def test_the_signing_key(self) -> None:
        """Must be its owner's only."""
        state = self.home / "state"
        state.mkdir(mode=0o700)
        (state / "audit.key").write_text("no key")
        (state / "audit.key").chmod(0o644)
        told, _ = self.checked(ALIE_STATE_DIR=str(state))
        self.assertIn("chmod 600", told[0])

    def test_exports_without_the_library(self) -> None:
        """boto3 is here, so a bucket is no fault."""
        told, _ = self.checked(ALIE_EXPORT_BUCKET="clinic-exports")
        self.assertEqual(told, [])

    def test_a_folder_that_cannot_be_made(self) -> None:
        """There is something else in its way."""
        file = self.keep("")
        told, _ = self.checked(ALIE_STATE_DIR=f"{file}/state")
        self.assertEqual(len(told), 1)
        self.assertIn("cannot be made", told[0])

    def test_by_its_unit(self) -> None:
        """The unit names the file, makes the folder, and grants what this command is not granted."""
        file = self.keep("ALIE_LOCK_MEMORY=1\nALIE_WORKERS=3\n")
        unit = self.home / "a.service"
        unit.write_text(f"[Service]\nEnvironmentFile={file}\nStateDirectory=alie-of-a-test\nLimitMEMLOCK=infinity\n")
        status, out, err = self.run_it("check", "--unit", str(unit))
        self.assertEqual((status, err), (0, ""))
        self.assertIn("The state directory /var/lib/alie-of-a-test will be made by systemd\n", out)
        status, out, err = self.run_it("show", "--unit", str(unit))
        self.assertIn(["ALIE_WORKERS", "env", "file", "3"], [line.split() for line in out.splitlines()])

    def test_no_folder(self) -> None:
        """None is named, and there is no home."""
        told, _ = self.checked(HOME="")
        self.assertIn("set ALIE_STATE_DIR", told[0])
