"""A short run of every target from one seed; `make fuzz` goes on for as long as it is let."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

ROOT = Path(__file__).parents[2]
# So that each takes about three seconds.
RUNS = {
    "bodies": 20_000,
    "eventstream": 10_000,
    "frames": 2_000,
    "messages": 20_000,
    "proofs": 30_000,
    "requests": 4_000,
    "session": 300,
    "wire": 3_000,
}


class FuzzTests(TestCase):
    """Nothing is found any more."""

    timeout = 120

    async def run_target(self, name: str) -> None:
        """In a process of its own: libFuzzer takes it over."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        arguments = ["-m", "tests.fuzz", name, f"-runs={RUNS[name]}", "-seed=1", "-max_len=1024"]
        out, err, status = await getProcessOutputAndValue(
            sys.executable,
            [*arguments, f"-artifact_prefix={folder.name}/"],
            env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)},
            path=str(ROOT),
            reactor=reactor,
        )
        told = (out + err).decode(errors="replace")
        self.assertEqual(status, 0, told[-4000:])
        self.assertIn(f"Done {RUNS[name]} runs", told)

    def test_bodies(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.run_target("bodies"))

    def test_eventstream(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.run_target("eventstream"))

    def test_frames(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.run_target("frames"))

    def test_messages(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.run_target("messages"))

    def test_proofs(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.run_target("proofs"))

    def test_requests(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.run_target("requests"))

    def test_session(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.run_target("session"))

    def test_wire(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.run_target("wire"))
