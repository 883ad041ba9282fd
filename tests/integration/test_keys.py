"""A clinic of its own, on real processes: access keys that `alie key` makes beside a running daemon, and limits."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import TestCase

from tests.support.alie_command import alie
from tests.support.daemon import Daemon, start
from tests.support.dictating_client import SPEECH
from tests.support.page_calls import ORIGIN, PageCalls, outcome
from tests.support.page_calls import start as begin

OWED = {"WS_REQUIRE_AUTH": "true", "AUTH_REQUIRED": "true"}
READY = ["stream_ready"]
CLIP = SPEECH / "en-02-conf-invalid.flac"
WRONG = "alie_" + "a" * 8 + "_" + "b" * 52
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec_WebSocket_Version": "13",
}


class KeyTest(TestCase):
    """A daemon of a clinic that has no Supabase."""

    timeout = 240

    async def serve(self, **settings: str) -> tuple[Daemon, PageCalls]:
        """The daemon, and a page of it that nobody is signed in on."""
        daemon = start(self, **OWED, **settings)
        page = PageCalls(await daemon.listening)
        await page.learn()
        return daemon, page

    async def key(self, daemon: Daemon, user: str = "Dre Roy", clinic: str = "Parc") -> str:
        """A new key; nothing but it is on standard output."""
        ran = await alie(daemon, "key", "new", "--user", user, "--clinic", clinic)
        self.assertEqual(ran.status, 0, ran.err)
        self.assertTrue(re.fullmatch(r"alie_[a-z2-7]{8}_[a-z2-7]{52}\n", ran.out))
        return ran.out.strip()


class CommandTests(KeyTest):
    """The README's way, from the key to the words."""

    def test_key_in_hand(self) -> Any:
        """Dictates and checks with a file or the environment; without a key, or with a wrong one, nothing goes."""

        async def run() -> None:
            daemon, page = await self.serve()
            text = await self.key(daemon)
            file = Path(daemon.folder / "anne.key")
            file.write_text(f"{text}\n")
            transcribe = ("transcribe", str(CLIP), "--url", page.url, "--language", "en-US")
            heard = await alie(daemon, *transcribe, "--token-file", str(file))
            self.assertEqual(heard.status, 0, heard.err)
            self.assertIn("conference", heard.out.lower())
            # The model is there now, which the check asks for.
            told = await alie(daemon, "check", page.url, "--token-file", str(file))
            self.assertEqual(told.status, 0, told.out + told.err)
            again = await alie(daemon, *transcribe, ALIE_TOKEN=text)
            self.assertEqual((again.status, again.out), (0, heard.out), again.err)
            for settings, code in (({}, "AUTH_REQUIRED"), ({"ALIE_TOKEN": WRONG}, "AUTH_INVALID")):
                refused = await alie(daemon, *transcribe, **settings)
                self.assertEqual((refused.status, refused.out), (1, ""), refused.err)
                self.assertIn(code, refused.err)
            checked = await alie(daemon, "check", page.url, ALIE_TOKEN=WRONG)
            self.assertEqual(checked.status, 1)
            self.assertIn("what to do", checked.out)
            for shown in (told, heard, again):
                self.assertNotIn(text, shown.out + shown.err)
            self.assertNotIn(text.rpartition("_")[2], daemon.out + daemon.err)
            await self.rest(daemon, page, text)

        return ensureDeferred(run())

    async def rest(self, daemon: Daemon, page: PageCalls, text: str) -> None:
        """Rows are the user's; a colleague reads them, another clinic does not; a ticket opens the socket."""
        for token, status in ((None, 401), (WRONG, 401), (text, 200)):
            self.assertEqual((await page.signed_in(token).call("GET", "/api/profile")).status, status)
        self.assertEqual((await page.call("GET", "/api/config")).body["signIn"], "key")
        anne = page.signed_in(text)
        saved = await anne.call("POST", "/api/sessions", {"sectionId": "section_7", "transcript": "Texte"})
        again = await anne.call("POST", "/api/sessions", {"sectionId": "section_7", "transcript": "Texte"})
        self.assertEqual((saved.status, saved.body), (201, again.body))
        path = f"/api/sessions/{saved.body['id']}"
        for user, clinic, status in (("Dr Ben", "Parc", 200), ("Dr Carl", "Sud", 404)):
            other = page.signed_in(await self.key(daemon, user, clinic))
            self.assertEqual((await other.call("GET", path)).status, status, clinic)
        speaker = await page.dictate(Origin=ORIGIN, Cookie=saved.cookie)
        self.assertEqual(await begin(speaker), READY)
        verdict = await alie(daemon, "audit", "verify")
        self.assertEqual(verdict.status, 0, verdict.out + verdict.err)


class LimitTests(KeyTest):
    """One user, one address."""

    def test_dictations_of_one_user(self) -> Any:
        """The second is refused while the first goes on; somebody else's is not."""

        async def run() -> None:
            daemon, page = await self.serve(ALIE_SESSIONS_PER_USER="1")
            anne, ben = await self.key(daemon), await self.key(daemon, "Dr Ben")
            first = await page.dictate()
            self.assertEqual(await begin(first, token=anne), READY)
            self.assertEqual(await begin(await page.dictate(), token=anne), ["CAPACITY", "1013"])
            self.assertEqual(await begin(await page.dictate(), token=ben), READY)
            first.say("stop_transcription")
            self.assertEqual((await outcome(first, "transcription_complete"))["lostSeconds"], 0)
            await first.closed
            self.assertEqual(await begin(await page.dictate(), token=anne), READY)

        return ensureDeferred(run())

    def test_sockets_and_requests_of_one_address(self) -> Any:
        """Behind a proxy that says whose: 429, when to come again, and another address is not in the way."""

        async def run() -> None:
            _, page = await self.serve(ALIE_SOCKETS_PER_ADDRESS="1", RATE_LIMIT_MAX_REQUESTS="2")
            one, other = {"X_Forwarded_For": "203.0.113.7"}, {"X_Forwarded_For": "203.0.113.8"}
            first = await page.dictate(**one)
            plain = PageCalls(page.url)
            refused = await plain.call("GET", "/ws", **one, **UPGRADE)
            self.assertEqual((refused.status, refused.body["code"]), (429, "RATE_LIMITED"))
            self.assertGreater(int(refused.headers["retry-after"]), 0)
            await page.dictate(**other)
            first.sendClose()
            await first.closed
            await page.dictate(**one)
            answers = [await page.call("GET", "/api/config", **one) for _ in range(3)]
            self.assertEqual([answer.status for answer in answers], [200, 200, 429])
            self.assertEqual([answer.headers["ratelimit-remaining"] for answer in answers], ["1", "0", "0"])
            last = answers[-1]
            self.assertEqual(last.headers["ratelimit-limit"], "2")
            self.assertEqual(last.headers["retry-after"], last.headers["ratelimit-reset"])
            self.assertEqual((await page.call("GET", "/api/config", **other)).status, 200)

        return ensureDeferred(run())


class AuditTests(KeyTest):
    """Keys that come and go beside a running daemon."""

    def test_taken_down(self) -> Any:
        """Who issued and who revoked one is in the audit log, at the latest with the next start; the log is as it was
        written."""

        async def run() -> None:
            daemon, _ = await self.serve()
            key_id = (await self.key(daemon)).split("_")[1]
            self.assertEqual((await alie(daemon, "key", "revoke", key_id, SUDO_UID="1000")).status, 0)
            daemon.stop()
            await daemon.ended
            state = str(daemon.folder / ".local/state/alie")
            again = start(self, **OWED, ALIE_STATE_DIR=state)
            await again.listening
            again.stop()
            await again.ended
            log = (Path(state) / "audit").glob("*.jsonl")
            told = [json.loads(line) for file in sorted(log) for line in file.read_text().splitlines()]
            found = [record for record in told if str(record.get("action", "")).startswith("key.")]
            self.assertEqual([record["action"] for record in found], ["key.issue", "key.revoke"])
            self.assertEqual({record["details"]["keyId"] for record in found}, {key_id})
            self.assertEqual([record["details"]["sudoUid"] for record in found], [None, 1000])
            self.assertEqual([record["details"]["uid"] for record in found], [os.getuid()] * 2)
            verified = await alie(daemon, "audit", "verify")
            self.assertEqual(verified.status, 0, verified.out + verified.err)

        return ensureDeferred(run())
