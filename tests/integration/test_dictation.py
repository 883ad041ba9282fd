"""Tests of real dictations: the words come, a stop of the daemon loses none, and nothing of them stays behind."""

from __future__ import annotations

import re
from pathlib import Path

import jiwer
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from tests.support.daemon import Daemon, start
from tests.support.dictating_client import DictatingClient, connect, said, speech

# Of words that may be wrong: the model that comes with Alie is a small one.
TOLERATED = 0.3
TOKEN = "eyJhbGciOiJIUzI1NiJ9.Y2FuYXJ5.c2VjcmV0"
CLIPS = {"en-US": "en-02-conf-invalid", "fr-CA": "fr-02-conf-invalid"}


def words(text: str) -> list[str]:
    """Lower-case words."""
    return re.findall(r"\w+", text.lower())


OWN = {"alie.db", "audit.key", "audit.pub", "audit/audit.jsonl", "audit/audit.lock"}


def state(daemon: Daemon) -> Path:
    """Where it keeps what it keeps."""
    return daemon.folder / ".local" / "state" / "alie"


def files(daemon: Daemon) -> list[Path]:
    """Every file in the daemon's folder, which is its home too; only the model that it unpacks there is left out."""
    found = [path for path in daemon.folder.rglob("*") if path.is_file()]
    return [path for path in found if daemon.folder / ".cache" / "alie" not in path.parents]


class DictationTests(TestCase):
    """One clip in each language, as the pages send it, and then the search for what was said."""

    timeout = 120

    def test_both_languages_and_no_trace_of_them(self) -> Deferred[None]:
        """The words are right; neither they nor any token or odd message is logged, and no file is written."""

        async def check() -> None:
            daemon = start(self)
            url = await daemon.listening
            heard = []
            for language, clip in CLIPS.items():
                client = await self.dictate(url, language, clip)
                self.assertLessEqual(jiwer.wer(" ".join(words(said(clip))), " ".join(words(client.text))), TOLERATED)
                heard += [word for word in words(client.text) if len(word) > 6]
            await self.misbehave(url)
            daemon.stop()
            self.assertEqual(await daemon.ended, 0)
            written = files(daemon)
            names = {str(path.relative_to(state(daemon))) for path in written if state(daemon) in path.parents}
            self.assertEqual(len(written), len(names), "nothing else is written, not even a library's telemetry")
            self.assertEqual(names, OWN)
            kept = b"".join(path.read_bytes() for path in written).decode("latin-1").lower()
            self.assertEqual([word for word in heard if word.encode().decode("latin-1") in kept], [])
            left = (daemon.out + daemon.err).lower()
            self.assertIn("alie listens on", left)
            for secret in (*heard, TOKEN.lower(), "canary"):
                self.assertNotIn(secret, left)

        return Deferred.fromCoroutine(check())

    async def dictate(self, url: str, language: str, clip: str) -> DictatingClient:
        """Sends a clip and stops."""
        client = await connect(url, "/ws/transcription")
        client.say("start_transcription", languageCode=language, sampleRate=16000, mode="smart_dictation")
        await client.message("stream_ready")
        client.speak(speech(clip))
        client.say("stop_transcription")
        complete = await client.message("transcription_complete")
        self.assertEqual(await client.closed, 1000)
        self.assertEqual(client.messages[0]["type"], "connection_established")
        self.assertAlmostEqual(complete["audioSeconds"], len(speech(clip)) / 32000, places=2)
        self.assertEqual((complete["lostSeconds"], complete["finals"] > 0), (0, True))
        results = [one for one in client.messages if one["type"] == "transcription_result"]
        self.assertEqual([one["seq"] for one in results], list(range(1, len(results) + 1)))
        return client

    async def misbehave(self, url: str) -> None:
        """Tokens and canaries everywhere they might be logged."""
        client = await connect(url, f"/ws?ws_token={TOKEN}&canary=1")
        client.say("start_transcription", languageCode="en-US", token=TOKEN, vocabulary=["canary"])
        await client.message("stream_ready")
        client.say("canary", canary="canary")
        client.say("authenticate", token=TOKEN)
        client.say("ping", id=["canary"])
        client.sendMessage(b"canary" * 20)
        client.say("ping", id="canary")
        await client.message("pong")
        client.sendMessage(b"canary" * 20000)
        self.assertEqual(await client.closed, 1009)


class DrainTests(TestCase):
    """SIGTERM in the middle of a dictation."""

    timeout = 60

    def test_an_alie_client(self) -> Deferred[None]:
        """It is told, gets what was heard as finals, and is closed with 1001; the daemon ends in time, with 0."""

        async def check() -> None:
            daemon = start(self, ALIE_DRAIN_SECONDS="20")
            client = await connect(await daemon.listening)
            client.say("start_transcription", languageCode="en-US", sampleRate=16000, words=True)
            await client.message("stream_ready")
            client.speak(speech(CLIPS["en-US"]))
            await client.message("transcription_result")
            daemon.stop()
            await client.message("server_draining")
            daemon.stop()  # twice, as some supervisors do: the drain goes on
            self.assertEqual(await client.closed, 1001)
            self.assertEqual(await daemon.ended, 0)
            self.assertEqual(client.messages[-1]["code"], "SHUTTING_DOWN")
            self.assertLessEqual(
                jiwer.wer(" ".join(words(said(CLIPS["en-US"]))), " ".join(words(client.text))), TOLERATED
            )
            self.assertNotIn("Traceback", daemon.out + daemon.err)

        return Deferred.fromCoroutine(check())
