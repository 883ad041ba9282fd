"""Tests of alie.guarding in a daemon in memory: where audio goes is asked before each dictation, not at start only."""

from __future__ import annotations

from typing import Any

from twisted.logger import capturedLogs

from alie.guard_settings import ResidencySettings
from alie.guarding import ResidencyGuard
from alie.parts import Parts
from alie.residency import Residency
from tests.support.memory_web import WebCase

HERE = "transcribestreaming.ca-central-1.amazonaws.com"
ABROAD = "transcribestreaming.us-east-1.amazonaws.com"


class GuardTests(WebCase):
    """The engine's hosts change while the daemon runs."""

    def setUp(self) -> None:
        super().setUp()
        guard = ResidencyGuard(Residency(ResidencySettings()), lambda: self.engine.hosts)
        self.build(Parts(guard=guard))
        self.engine.audio_goes_to = (HERE,)

    def begin(self) -> Any:
        """The answer to a start."""
        connection = self.connect()
        connection.start()
        return connection.messages()[0]

    def test_refused_and_back(self) -> None:
        """Abroad nothing begins, and `/readyz` says why; back home all is well, without a restart."""
        self.assertEqual(self.begin()["type"], "stream_ready")
        for hosts in ((ABROAD,), (HERE, ABROAD), ("keeper.example",)):
            self.engine.audio_goes_to = hosts
            refusal = self.begin()
            self.assertEqual((refusal["type"], refusal["code"]), ("transcription_error", "ENGINE_UNAVAILABLE"))
            self.assertNotIn(hosts[-1], str(refusal))
            ready = self.ask("/readyz")
            self.assertEqual(ready.status, 503)
            self.assertIn(hosts[-1], " ".join(ready.json()["reasons"]))
            self.engine.audio_goes_to = (HERE,)
            self.assertEqual(self.begin()["type"], "stream_ready")
            self.assertEqual(self.ask("/readyz").status, 200)
        self.assertEqual(self.engine.events.count("feed"), 0)

    def test_told_each_time_that_it_happens(self) -> None:
        """Once for as long as it lasts, and anew when it comes back."""
        with capturedLogs() as logs:
            for hosts in ((ABROAD,), (ABROAD,), (HERE,), (ABROAD,)):
                self.engine.audio_goes_to = hosts
                self.begin()
        said = [log["problem"] for log in logs if "problem" in log]
        self.assertEqual([ABROAD in problem for problem in said], [True, True])
