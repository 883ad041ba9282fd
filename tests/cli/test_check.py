"""`alie check`, in process, against a server."""

from __future__ import annotations

import io
import json
from typing import Any

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from alie import errors
from alie.cli import samples
from alie.cli.address import Address
from alie.cli.check import check, line
from alie.cli.checkup import Finding
from tests.cli.server import HEALTHY, RESUMABLE, Script, ServerTestCase, fatal, final

SENTENCE = samples.TEXTS["en-US"]
STEPS = ["connect", "health", "ready", "config", "websocket", "start", "speech", "resume", "stop"]


def hears(text: str) -> Script:
    return Script(finals=((10**9, final("r1", 0.0, 3.8, text)),))


class SampleTests(SynchronousTestCase):
    """The spoken sentences that come with the command."""

    def test_each_is_a_few_seconds_of_16_khz_mono(self) -> None:
        for language in samples.TEXTS:
            self.assertTrue(3 < len(samples.pcm(language)) / 32000 < 5)

    def test_words_count_whatever_their_case_accents_and_marks(self) -> None:
        self.assertEqual(samples.share_heard("ce NUMERO, de conférence", "Ce numéro de conférence."), 1.0)

    def test_each_word_counts_once(self) -> None:
        self.assertEqual(samples.share_heard("non non", "non, non, oui, oui"), 0.5)
        self.assertEqual(samples.share_heard("", "oui"), 0.0)


class LineTests(SynchronousTestCase):
    """One step for people."""

    def test_a_failure_comes_with_advice(self) -> None:
        told = line(Finding("ready", "failed", 0.25, "No engine", "install one"))
        self.assertEqual(told, "failed  ready       0.250 s  No engine\n        what to do: install one\n")


class CheckTests(ServerTestCase):
    """Every step is told, and what a failure leaves without ground is skipped."""

    async def states(self, address: Address) -> tuple[int, dict[str, Any]]:
        """Exit status, and the findings by step."""
        stdout = io.StringIO()
        status = await check(reactor, address, "en-US", None, True, stdout)
        content = json.loads(stdout.getvalue())
        self.assertEqual(content["ok"], status == 0)
        self.assertEqual([step["step"] for step in content["steps"]], STEPS)
        return status, {step["step"]: step for step in content["steps"]}

    async def test_all_is_well(self) -> None:
        script = hears(SENTENCE)
        stdout = io.StringIO()
        status = await check(reactor, self.serve(script), "en-US", None, False, stdout)
        lines = stdout.getvalue().splitlines()
        self.assertEqual([line.split()[:2] for line in lines], [["ok", step] for step in STEPS])
        self.assertEqual(status, 0)
        self.assertEqual(script.audio, len(samples.pcm("en-US")))
        self.assertEqual(script.closes, [(True, 1000)])

    async def test_nothing_listens(self) -> None:
        status, steps = await self.states(self.closed_port())
        self.assertEqual(status, 1)
        self.assertIn("is the daemon running?", steps["connect"]["detail"])
        self.assertIn("twistd", steps["connect"]["advice"])
        self.assertEqual({steps[step]["state"] for step in STEPS[1:]}, {"skipped"})

    async def test_a_server_that_is_not_ready_says_why(self) -> None:
        rest = HEALTHY | {"/readyz": (503, {"ready": False, "reasons": ["No model is installed"]})}
        script = Script(on_start=(fatal(errors.EngineUnavailable()),), closes_with=1011)
        status, steps = await self.states(self.serve(script, rest))
        self.assertEqual(status, 1)
        self.assertIn("No model is installed", steps["ready"]["detail"])
        self.assertEqual([steps[step]["state"] for step in STEPS[4:]], ["ok", "failed", *["skipped"] * 3])
        self.assertIn("ENGINE_UNAVAILABLE", steps["start"]["detail"])

    async def test_a_server_that_tells_nobody_outside(self) -> None:
        rest = HEALTHY | {"/readyz": (404, {"success": False, "code": "NOT_FOUND"})}
        _, steps = await self.states(self.serve(Script(), rest))
        self.assertEqual(steps["ready"]["state"], "ok")
        self.assertIn("not told from outside", steps["ready"]["detail"])

    async def test_another_web_server(self) -> None:
        status, steps = await self.states(self.serve(Script(denied_with=403), rest={}))
        self.assertEqual(status, 1)
        self.assertEqual([steps[step]["state"] for step in STEPS[:5]], ["ok", *["failed"] * 4])
        self.assertIn("ALIE_HOSTS", steps["websocket"]["advice"])

    async def test_words_that_do_not_come_back_and_audio_that_was_lost(self) -> None:
        script = hears("Something else altogether")
        script.lost_s = 1.0
        status, steps = await self.states(self.serve(script))
        self.assertEqual((status, steps["speech"]["state"], steps["stop"]["state"]), (1, "failed", "failed"))
        self.assertIn("MISHEARD", steps["speech"]["detail"])
        self.assertIn("LOST_AUDIO", steps["stop"]["detail"])

    async def test_a_session_that_outlives_its_socket(self) -> None:
        script = hears(SENTENCE)
        script.on_start = (RESUMABLE,)
        status, steps = await self.states(self.serve(script))
        self.assertEqual((status, len(script.hosts)), (0, 2))
        self.assertIn("the session went on", steps["resume"]["detail"])

    async def test_a_server_that_offers_resume_and_does_not_know_the_session(self) -> None:
        script = hears(SENTENCE)
        script.on_start, script.knows_sessions = (RESUMABLE,), False
        status, steps = await self.states(self.serve(script))
        self.assertEqual((status, steps["resume"]["state"], steps["stop"]["state"]), (1, "failed", "ok"))
        self.assertIn("balancer", steps["resume"]["advice"])

    async def test_a_cut_that_nobody_asked_for_is_a_failure(self) -> None:
        """Though a client would mend it."""
        script = hears(SENTENCE)
        script.on_start, script.drops_at = (RESUMABLE,), 20000
        status, steps = await self.states(self.serve(script))
        self.assertEqual((status, steps["speech"]["state"]), (1, "failed"))
        self.assertIn("CONNECTION_LOST", steps["speech"]["detail"])
