"""Tests of `alie audit canary`: against a real daemon, with nothing wrong, and with something planted."""

from __future__ import annotations

import json
import os
import stat
import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from alie.canary.phrases import distinctive
from alie.canary.report import CANARY_FILE
from alie.cli import samples
from alie.engines.embedded.model import locate_model
from tests.cli.test_command import COMMAND, ROOT
from tests.support.daemon import Daemon, start

KNOWN_PLACES = {"/metrics", "/readyz", "answer to a bad token", "state directory", "journal", "process environment"}
HIDDEN = {"process environment", "deleted files it has open", "core dumps", "working folder"}


class CanaryCommandTests(TestCase):
    """The command as a process."""

    timeout = 60

    async def daemon(self, *plants: str) -> tuple[Daemon, str]:
        """One with the embedded engine, and its URL."""
        program = (sys.executable, "-m", "tests.support.canary_plants", ",".join(plants))
        planted: dict[str, Any] = {"program": program} if plants else {}
        daemon = start(self, ALIE_MODEL_DIR=str(locate_model().prepare()), **planted)
        return daemon, await daemon.listening

    async def canary(self, daemon: Daemon, url: str, *more: str) -> tuple[int, str, str]:
        """Status, standard output, standard error. The journal is what the daemon has said by then."""
        state = daemon.folder / ".local/state/alie"
        pid = daemon.transport.pid
        options = ("--url", url, "--state-dir", str(state), *(("--pid", str(pid)) if pid else ()))
        environment = {**os.environ, "PYTHONPATH": ROOT, "PYTHONDONTWRITEBYTECODE": "1"}
        out, err, status = await getProcessOutputAndValue(
            sys.executable, [*COMMAND, "audit", "canary", *options, *more], env=environment
        )
        return status, out.decode(), err.decode()

    def report(self, daemon: Daemon) -> dict[str, Any]:
        """What was kept."""
        path = daemon.folder / ".local/state/alie" / CANARY_FILE
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        found: dict[str, Any] = json.loads(path.read_text())
        return found

    def test_nothing(self) -> Deferred[None]:
        """Each place is searched, or it is said why not; the report is kept, and told alike."""

        async def check() -> None:
            daemon, url = await self.daemon()
            log = daemon.folder / "journal"
            log.write_text(daemon.out)
            status, out, err = await self.canary(daemon, url, "--journal", str(log), "--json", "--language", "fr-CA")
            self.assertEqual((status, err), (0, ""), out)
            told = json.loads(out)
            self.assertEqual(told, self.report(daemon))
            self.assertTrue(told["ok"])
            self.assertRegex(told["ranAt"], r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
            places = {one["place"]: one["state"] for one in told["places"]}
            self.assertEqual(KNOWN_PLACES - places.keys(), set())
            missed = {place for place, state in places.items() if state == "not searched"}
            self.assertEqual(missed - (set() if os.geteuid() == 0 else HIDDEN), set(), told)
            self.assertEqual(told["complete"], not missed)
            self.assertEqual([path.name for path in log.parent.glob(".local/state/alie/.canary*")], [])

        return Deferred.fromCoroutine(check())

    def test_something(self) -> Deferred[None]:
        """Text in the journal and sound in a file, each where it is; the words themselves are not told."""

        async def check() -> None:
            daemon, url = await self.daemon("text", "audio")
            log = daemon.folder / "journal"
            log.touch()
            keep, daemon.outReceived = daemon.outReceived, lambda data: log.open("ab").write(data)  # type: ignore[method-assign]
            status, out, err = await self.canary(daemon, url, "--journal", str(log))
            daemon.outReceived = keep  # type: ignore[method-assign]
            self.assertEqual((status, err), (1, ""), out)
            self.assertRegex(out, r"FOUND +journal: words of the dictation as (text|words) in \S+journal at byte \d+")
            self.assertRegex(
                out, r"FOUND +temporary files: .*sound of the dictation as bytes in \S+/tmp\S+ at byte \d+"
            )
            for phrase in distinctive(samples.TEXTS["en-US"]):
                self.assertNotIn(phrase.lower(), out.lower())
            self.assertIs(self.report(daemon)["ok"], False)
            self.assertIn("SOMETHING WAS FOUND", out.splitlines()[-1])

        return Deferred.fromCoroutine(check())

    def test_no_server(self) -> Deferred[None]:
        """Nothing is proved, and no report is made."""

        async def check() -> None:
            daemon, url = await self.daemon()
            daemon.stop()
            await daemon.ended
            status, out, err = await self.canary(daemon, url)
            self.assertEqual((status, out), (1, ""))
            self.assertRegex(err, r"^alie: Nothing listens at [^\n]+\n$")
            self.assertFalse((daemon.folder / ".local/state/alie" / CANARY_FILE).exists())

        return Deferred.fromCoroutine(check())
