"""What holds with each of the vendor's clients, over TLS."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from alie.simulator.interface import Line
from alie.simulator.script import script_of_text
from alie.simulator.simulator import Simulator
from alie.simulator.stamp import stamp
from tests.simulator.loopback import AUDIO, LoopbackTestCase, transcript
from tests.simulator.scripted_service import ScriptedHearing

SPEAKER = 7


class VendorsClientTests(LoopbackTestCase):
    """It streams, reads words, and understands what goes wrong; subclasses say how to run it."""

    def test_words(self) -> Deferred[None]:
        """All audio arrives, all words come back."""

        def answer(hearing: ScriptedHearing) -> None:
            number = len(hearing.heard)
            hearing.line.send_event("TranscriptEvent", transcript(f"mot {number}", is_partial=number % 5 > 0))

        def end(hearing: ScriptedHearing) -> None:
            hearing.line.send_event("TranscriptEvent", transcript("fin", is_partial=False))
            hearing.line.close()

        async def check() -> None:
            self.service.answer, self.service.end = answer, end
            first, *said = await self.transcribe()
            self.assertEqual(first["language"], "fr-CA")
            self.assertEqual(len(first["session"]), 36)
            self.assertEqual(self.service.hearing.parameters["sample-rate"], "16000")
            self.assertEqual(self.service.hearing.parameters["show-speaker-label"], "true")
            words = [{"text": f"mot {number}", "isPartial": number % 5 > 0} for number in range(1, 11)]
            self.assertEqual(said, [*words, {"text": "fin", "isPartial": False}, {"ended": True}])
            self.assertEqual(b"".join(self.service.hearing.heard), AUDIO)
            self.assertEqual(self.service.bad_signatures, [])

        return Deferred.fromCoroutine(check())

    def test_exception(self) -> Deferred[None]:
        """An exception in the midst of the stream."""

        async def check() -> None:
            self.service.answer = lambda hearing: hearing.line.send_exception("LimitExceededException", "Too much.")
            said = await self.transcribe()
            self.assertEqual((said[-1]["error"], said[-1]["message"]), ("LimitExceededException", "Too much."))
            self.assertEqual(len(self.service.hearing.heard), 1)

        return Deferred.fromCoroutine(check())

    def test_refusals(self) -> Deferred[None]:
        """Before 200: the service's refusal, an unknown key, a wrong secret."""

        def refuse(line: Line) -> bool:
            line.refuse(429, "LimitExceededException", "Too many streams.")
            return False

        async def check() -> None:
            (said,) = await self.transcribe(AWS_SECRET_ACCESS_KEY="another")
            self.assertEqual((said["error"], said["status"]), ("InvalidSignatureException", 403))
            (said,) = await self.transcribe(AWS_ACCESS_KEY_ID="AKIDOTHER")
            self.assertEqual((said["error"], said["status"]), ("UnrecognizedClientException", 403))
            self.service.on_open = refuse
            (said,) = await self.transcribe()
            self.assertEqual((said["error"], said["message"]), ("LimitExceededException", "Too many streams."))

        return Deferred.fromCoroutine(check())

    def test_reset(self) -> Deferred[None]:
        """A connection that is cut; the client may take that for an end, but not for more words."""

        async def check() -> None:
            self.service.answer = lambda hearing: hearing.line.reset()
            said = await self.transcribe()
            self.assertEqual([value for value in said if "text" in value], [])
            self.assertTrue(self.service.hearing.is_lost)

        return Deferred.fromCoroutine(check())

    def test_simulator(self) -> Deferred[None]:
        """The whole simulator: every word of the script, once and in order, and no sample lost."""

        async def check() -> None:
            script = script_of_text("fr-CA", "Le patient dort bien. Il ne tousse plus la nuit.", 4.0)
            recording = stamp(AUDIO * 2, SPEAKER)
            simulator = Simulator(reactor, {SPEAKER: script})
            await simulator.start()
            self.addCleanup(simulator.stop)
            keys = simulator.credentials
            settings = {"AWS_ACCESS_KEY_ID": keys.access_key_id, "AWS_SECRET_ACCESS_KEY": keys.secret_access_key}
            said = await self.run_client(simulator.endpoint, simulator.ca_file, recording, settings)
            finals = " ".join(value["text"] for value in said if value.get("isPartial") is False)
            self.assertEqual(finals, " ".join(word.text for word in script.words))
            self.assertEqual(said[-1], {"ended": True})
            self.assertEqual(simulator.heard_by(SPEAKER).recording, recording)
            self.assertEqual([(leg.transport, leg.ended_by) for leg in simulator.legs], [("http2", "end")])
            self.assertEqual(simulator.report()["badSignatures"], [])

        return Deferred.fromCoroutine(check())
