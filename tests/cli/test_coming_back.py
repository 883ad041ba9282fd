"""A real socket that is cut while `alie transcribe` uses it."""

from __future__ import annotations

import io
import re
import wave
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SkipTest

from alie.cli.transcribe import Order, transcribe
from alie.client import StartRequest
from tests.cli.files import folder_for
from tests.cli.hub_server import HubTestCase, close, cut, kill
from tests.client.hub import Hub, speech

# Frames of 8192 bytes: start is message 1, audio 2 to 6, stop 7.
WORDS = 40
STOP = 7


class TranscribeTests(HubTestCase):
    """The text is whole, standard error says what happened, and the status is 0."""

    def setUp(self) -> None:
        try:
            import av  # noqa: F401
        except ImportError:
            raise SkipTest("PyAV is not installed") from None
        self.path = folder_for(self) / "a.wav"
        with wave.open(str(self.path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(16000)
            sound.writeframes(speech(WORDS))
        self.hub = Hub()

    def order(self, fates: dict[int, Any]) -> Order:
        address = self.serve(self.hub, fates)
        request = StartRequest("en-US", wants_resume=True)
        return Order(((self.path, None),), address, request, "txt", is_realtime=False)

    async def run_with(self, fates: dict[int, Any]) -> list[str]:
        """Lines of standard error, without the file's name."""
        stdout, stderr = io.StringIO(), io.StringIO()
        status = await transcribe(reactor, self.order(fates), stdout, stderr)
        self.assertEqual(stdout.getvalue().split(), [f"w{number}" for number in range(1, WORDS + 1)])
        self.assertEqual(status, 0, stderr.getvalue())
        return [line.removeprefix(f"alie: {self.path}: ") for line in stderr.getvalue().splitlines()]

    async def test_a_cut_in_mid_speech(self) -> None:
        told, back = await self.run_with({4: cut})
        self.assertEqual(
            told,
            "the connection was lost before the transcription was complete (CONNECTION_LOST);"
            " trying to come back, the audio is kept",
        )
        self.assertRegex(back, r"^connected again; the session goes on at \d\.\d s$")
        self.assertEqual([said["type"] for said in self.hub.said].count("start_transcription"), 1)

    async def test_a_server_that_is_killed(self) -> None:
        _, back = await self.run_with({5: kill})
        self.assertTrue(re.match(r"connected again; a new session hears again what came after \d\.\d s$", back), back)
        self.assertEqual([said["type"] for said in self.hub.said].count("start_transcription"), 2)

    async def test_a_cut_instead_of_the_last_words(self) -> None:
        await self.run_with({STOP: cut})
        self.assertEqual([said["type"] for said in self.hub.said].count("stop_transcription"), 1)

    async def test_a_server_that_goes_down(self) -> None:
        told, _ = await self.run_with({5: close(1001)})
        self.assertIn("(SHUTTING_DOWN)", told)

    async def test_a_session_that_another_took_over_is_not_taken_back(self) -> None:
        stdout, stderr = io.StringIO(), io.StringIO()
        self.assertEqual(await transcribe(reactor, self.order({5: close(4409)}), stdout, stderr), 1)
        self.assertEqual(stderr.getvalue().count("\n"), 1)
        self.assertIn("(TAKEN_OVER)", stderr.getvalue())
        self.assertTrue(stdout.getvalue().startswith("w1 w2 "))

    async def test_ctrl_c_while_it_is_away_ends_it(self) -> None:
        away: Deferred[None] = Deferred()

        class Errors(io.StringIO):
            def write(self, text: str) -> int:
                away.callback(None)
                return super().write(text)

        work = Deferred.fromCoroutine(transcribe(reactor, self.order({4: cut}), io.StringIO(), Errors()))
        await away
        work.cancel()
        with self.assertRaises(CancelledError):
            await work
