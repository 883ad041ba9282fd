"""`alie drill` as a process: a real daemon, a simulated Amazon, real recordings."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.utils import getProcessOutputAndValue
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from tests.cli.files import folder_for
from tests.support.daemon import ROOT

COMMAND = ["-c", "from alie.cli import main; main()", "drill"]
# What would lead the daemon astray if it were let through.
ASTRAY = {
    "AWS_SESSION_TOKEN": "of-another-account",
    "AWS_REGION": "us-east-1",
    "ALIE_ENGINE": "embedded",
    "WS_REQUIRE_AUTH": "1",
    "PORT": "1",
}


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **more}


class DrillTestCase(TestCase):
    """Runs the command."""

    timeout = 180

    async def drill(self, *arguments: str, command: list[str] = COMMAND, **more: str) -> tuple[int, str, str]:
        """Status, standard output, standard error."""
        out, err, status = await getProcessOutputAndValue(
            sys.executable, [*command, *arguments], env=environment(**more)
        )
        return status, out.decode(), err.decode()


class UsageTests(DrillTestCase):
    """What the command line understands."""

    async def test_help_lists_the_faults(self) -> None:
        status, out, _ = await self.drill("--help")
        self.assertEqual(status, 0)
        for name in ("credentials", "half-open", "outage", "throttle"):
            self.assertIn(name, out)

    async def test_what_makes_no_sense_is_named(self) -> None:
        for arguments, told in (
            (("--faults", "reset,flood"), "flood: the faults are"),
            (("--faults", ","), "nothing: the faults are"),
            (("--sessions", "21"), "from 1 to 20"),
            (("--sessions", "0"), "from 1 to 20"),
        ):
            status, out, err = await self.drill(*arguments)
            self.assertEqual((status, out), (2, ""))
            self.assertIn(told, err)

    async def test_missing_libraries_are_one_line(self) -> None:
        without = "import sys; sys.modules.update(h2=None, amazon_transcribe=None); from alie.cli import main; main()"
        answer = await self.drill("--transport", "sdk", command=["-c", without, "drill"])
        told = "alie: drill needs h2, amazon_transcribe: pip install 'alie[drill,amazon]'\n"
        self.assertEqual(answer, (1, "", told))

    async def test_a_log_that_cannot_be_written(self) -> None:
        path = folder_for(self) / "missing" / "log"
        answer = await self.drill("--keep-log", str(path))
        self.assertEqual(answer, (1, "", f"alie: {path} cannot be written: No such file or directory\n"))


class ExerciseTests(DrillTestCase):
    """From the shell to the last word."""

    async def test_faults_one_after_another(self) -> None:
        log = folder_for(self) / "log"
        status, out, err = await self.drill(
            "--sessions", "2", "--faults", "reset,slow-open,outage", "--keep-log", str(log)
        )
        self.assertEqual((status, err), (0, ""), out)
        self.assertIn("reset        the connection is cut in mid-sentence with a TCP reset\n", out)
        self.assertEqual(out.count("struck: 2 of 2 sessions\n"), 3)
        self.assertEqual(out.count("verdict: ok: 21 words in 2 sessions, none lost, none doubled\n"), 3)
        self.assertEqual(out.count("told: 2 sessions, that words go on (amazon), after"), 2)
        rows = [line.split() for line in out.splitlines() if line.endswith("0.0  ok")]
        self.assertEqual([row[1] for row in rows], ["reset"] * 2 + ["slow-open"] * 2 + ["outage"] * 2)
        self.assertTrue(all(row[7] == row[8] for row in rows))
        self.assertIn("ok: 63 words in 6 sessions", out.splitlines()[-1])
        said = log.read_text()
        self.assertIn("Engine: amazon", said)
        self.assertIn("Server Shut Down", said)

    async def test_json_and_a_foreign_environment(self) -> None:
        status, out, err = await self.drill("--sessions", "1", "--faults", "clean-close", "--json", **ASTRAY)
        self.assertEqual((status, err), (0, ""), out)
        content = json.loads(out)
        self.assertEqual((content["ok"], content["transport"]), (True, "websocket"))
        (done,) = content["faults"]
        (session,) = done["sessions"]
        self.assertEqual((done["struck"], session["words"], session["once"]), (1, 11, 11))
        self.assertEqual((session["sentSha256"], session["lostSeconds"]), (session["heardSha256"], 0.0))
        self.assertEqual([told["state"] for told in session["told"]], ["recovering", "live"])
        self.assertGreater(session["heardAgainSeconds"], 0)

    def test_ctrl_c_ends_the_daemon_too(self) -> Deferred[None]:
        log = folder_for(self) / "log"
        running = Running("clean-close ")
        options = ["--sessions", "1", "--faults", "clean-close,reset", "--keep-log", str(log)]
        arguments = [sys.executable, *COMMAND, *options]
        process = reactor.spawnProcess(running, sys.executable, arguments, env=environment())  # type: ignore[attr-defined]
        running.said.addCallback(lambda _: process.signalProcess(signal.SIGINT))

        def ended(status: int) -> None:
            self.assertEqual((status, running.err), (130, "alie: interrupted\n"))
            self.assertIn("Server Shut Down", Path(log).read_text())

        return running.ended.addCallback(ended)


class Running(ProcessProtocol):
    """A process; `said` fires when it has written `awaited`, `ended` with its status."""

    def __init__(self, awaited: str) -> None:
        self.out = self.err = ""
        self.said: Deferred[None] = Deferred()
        self.ended: Deferred[int] = Deferred()
        self._awaited = awaited

    def outReceived(self, data: bytes) -> None:
        self.out += data.decode()
        if self._awaited in self.out and not self.said.called:
            self.said.callback(None)

    def errReceived(self, data: bytes) -> None:
        self.err += data.decode()

    def processEnded(self, reason: Failure) -> None:
        self.ended.callback(reason.value.exitCode)
