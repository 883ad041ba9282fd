"""Tests of alie.replies and alie.transcript: every server message in the shape of the protocol, and always JSON."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie import replies, wire
from alie.errors import Capacity, RetentionOff
from alie.transcript import Result, Word

FINAL = Result(
    segment_id="e-1",
    start_s=0.0,
    end_s=1.5,
    text="Bonjour.",
    is_final=True,
    words=(
        Word("Bonjour", 0.0, 1.5, confidence=0.5, speaker="spk_0"),
        Word(".", 1.5, 1.5, is_punctuation=True, speaker="spk_0"),
    ),
)


class GreetingTests(SynchronousTestCase):
    """What is said before any audio."""

    def test_connection_established(self) -> None:
        """The contract's payload, and the protocol's version."""
        self.assertEqual(
            replies.connection_established("id", "2025-09-30T12:00:00.000Z"),
            {
                "type": "connection_established",
                "payload": {"sessionId": "id", "timestamp": "2025-09-30T12:00:00.000Z", "protocol": 1},
            },
        )

    def test_stream_ready(self) -> None:
        """It names the engine and what the audio is taken to be."""
        message = replies.stream_ready(
            "id", engine="embedded", language_code="fr-CA", sample_rate_hz=16000, speaker_labels=False
        )
        self.assertEqual(
            message,
            {
                "type": "stream_ready",
                "sessionId": "id",
                "engine": "embedded",
                "languageCode": "fr-CA",
                "sampleRate": 16000,
                "speakerLabels": False,
            },
        )


class ResultTests(SynchronousTestCase):
    """A result carries the contract's fields, and the others only where an engine really gave them."""

    def test_plain_final(self) -> None:
        """The keys of the contract plus `seq` and `engine`; no confidence or language is made up."""
        result = Result("e-1", 0.5, 1.25, "Hello.", is_final=True)
        self.assertEqual(
            replies.transcription_result(result, result_id="s.1", seq=3, engine="embedded"),
            {
                "type": "transcription_result",
                "resultId": "s.1",
                "startTime": 0.5,
                "endTime": 1.25,
                "text": "Hello.",
                "isFinal": True,
                "speaker": None,
                "seq": 3,
                "engine": "embedded",
            },
        )

    def test_speaker_confidence_and_language(self) -> None:
        """Told where known: the first word's speaker, the mean over the words that have a confidence."""
        result = Result("e", 0, 1, "a b", True, words=(Word("a", 0, 1, 0.4), Word("b", 0, 1, 1.0, "spk_1"),
                                                       Word(".", 1, 1, None)), language_code="fr-CA")  # fmt: skip
        message = replies.transcription_result(result, result_id="s.1", seq=1, engine="amazon")
        self.assertEqual(
            (message["speaker"], message["confidence_score"], message["language_detected"]), ("spk_1", 0.7, "fr-CA")
        )

    def test_no_confidence_at_all(self) -> None:
        """The key is absent, as in the original."""
        result = Result("e", 0, 1, "a", True, words=(Word("a", 0, 1),))
        self.assertIsNone(result.confidence)
        message = replies.transcription_result(result, result_id="s.1", seq=1, engine="embedded", with_words=True)
        self.assertNotIn("confidence_score", message)
        self.assertIsNone(message["words"][0]["confidence"])

    def test_words_of_a_final(self) -> None:
        """Only where asked for, and only on finals."""
        message = replies.transcription_result(FINAL, result_id="s.1", seq=1, engine="embedded", with_words=True)
        self.assertEqual(
            message["words"],
            [
                {"text": "Bonjour", "startTime": 0.0, "endTime": 1.5, "confidence": 0.5},
                {"text": ".", "startTime": 1.5, "endTime": 1.5, "confidence": None},
            ],
        )
        partial = Result("e", 0, 1, "Bon", is_final=False, words=FINAL.words)
        message = replies.transcription_result(partial, result_id="s.1", seq=1, engine="embedded", with_words=True)
        self.assertNotIn("words", message)
        self.assertNotIn("words", replies.transcription_result(FINAL, result_id="s.1", seq=1, engine="embedded"))

    def test_offset_moves_all_times(self) -> None:
        """An engine's clock may begin later than the session's."""
        message = replies.transcription_result(
            FINAL, result_id="s.1", seq=1, engine="embedded", offset_s=60.0, with_words=True
        )
        self.assertEqual((message["startTime"], message["endTime"]), (60.0, 61.5))
        self.assertEqual(message["words"][0]["startTime"], 60.0)


class AnswerTests(SynchronousTestCase):
    """The small messages."""

    def test_errors(self) -> None:
        """A sentence for people, a code for programs."""
        for is_fatal in (True, False):
            self.assertEqual(
                replies.transcription_error(Capacity(), is_fatal=is_fatal),
                {
                    "type": "transcription_error",
                    "error": Capacity.default_sentence,
                    "code": "CAPACITY",
                    "retryable": True,
                    "fatal": is_fatal,
                },
            )

    def test_complete(self) -> None:
        """An honest account."""
        self.assertEqual(
            replies.transcription_complete(audio_s=12.34567, finals=3, lost_s=0.0),
            {"type": "transcription_complete", "audioSeconds": 12.346, "finals": 3, "lostSeconds": 0.0},
        )

    def test_commands(self) -> None:
        """Done, or not and why."""
        self.assertEqual(replies.cmd_ack("voice_command"), {"type": "cmd_ack", "cmd": "voice_command", "ok": True})
        refused = replies.cmd_ack("save", RetentionOff())
        self.assertEqual((refused["ok"], refused["code"], bool(refused["error"])), (False, "RETENTION_OFF", True))
        self.assertEqual(replies.audio_init_ack(16000)["sampleRate"], 16000)

    def test_pong(self) -> None:
        """With the id that was asked with, 0 and "" too; without one, none."""
        self.assertEqual(replies.pong(None), {"type": "pong"})
        self.assertEqual(replies.pong(0), {"type": "pong", "id": 0})
        self.assertEqual(replies.pong(""), {"type": "pong", "id": ""})

    def test_others(self) -> None:
        """One field each."""
        self.assertEqual(replies.flushed(7), {"type": "flushed", "seq": 7})
        self.assertEqual(replies.authenticated(None), {"type": "authenticated", "expiresAt": None})
        self.assertEqual(replies.server_draining(2), {"type": "server_draining", "reconnectAfterSeconds": 2})


class AmbientTests(SynchronousTestCase):
    """`transcription_final` has the exact shape of the contract; its consumer refuses any other."""

    def test_without_speakers(self) -> None:
        """Numbers are strings; a confidence that is missing is "0.0"; the labels are empty."""
        result = Result("e", 0.0, 1.5, "One.", True, words=(Word("One", 0.0, 1.25, 0.875), Word(".", 1.5, 1.5)))
        punctuation = Result("f", 2, 3, "Two", True, words=(Word(".", 2.5, 3, is_punctuation=True, confidence=0),))
        self.assertEqual(
            replies.transcription_final([result, punctuation]),
            {
                "type": "transcription_final",
                "mode": "ambient",
                "payload": {
                    "results": {
                        "transcripts": [{"transcript": "One."}, {"transcript": "Two"}],
                        "items": [
                            {
                                "start_time": "0",
                                "end_time": "1.25",
                                "alternatives": [{"confidence": "0.875", "content": "One"}],
                                "type": "pronunciation",
                            },
                            {
                                "start_time": "1.5",
                                "end_time": "1.5",
                                "alternatives": [{"confidence": "0.0", "content": "."}],
                                "type": "pronunciation",
                            },
                            {
                                "start_time": "2.5",
                                "end_time": "3",
                                "alternatives": [{"confidence": "0", "content": "."}],
                                "type": "punctuation",
                            },
                        ],
                    },
                    "speaker_labels": {"speakers": 0, "segments": []},
                },
            },
        )

    def test_with_speakers(self) -> None:
        """Items say `Speaker`, segments say who spoke when: what the consumer demands."""
        payload = replies.transcription_final([FINAL])["payload"]
        self.assertEqual([item["Speaker"] for item in payload["results"]["items"]], ["spk_0", "spk_0"])
        self.assertEqual(
            payload["speaker_labels"],
            {
                "speakers": 1,
                "segments": [
                    {
                        "start_time": "0",
                        "end_time": "1.5",
                        "speaker_label": "spk_0",
                        "items": [
                            {"start_time": "0", "end_time": "1.5", "speaker_label": "spk_0"},
                            {"start_time": "1.5", "end_time": "1.5", "speaker_label": "spk_0"},
                        ],
                    }
                ],
            },
        )

    def test_nothing_was_said(self) -> None:
        """Empty lists, not missing keys."""
        payload = replies.transcription_final([])["payload"]
        self.assertEqual(payload["results"], {"transcripts": [], "items": []})


TIMES = st.floats(0, 20000, allow_nan=False)
WORDS = st.builds(
    Word, st.text(), TIMES, TIMES, st.none() | st.floats(0, 1), st.none() | st.sampled_from(["spk_0"]), st.booleans()
)
RESULTS = st.builds(
    Result, st.text(), TIMES, TIMES, st.text(), st.booleans(), st.lists(WORDS, max_size=3).map(tuple), st.none()
)


class PropertyTests(SynchronousTestCase):
    """Whatever an engine hears can be sent."""

    @given(RESULTS, st.booleans())
    @settings(deadline=None, max_examples=60)
    def test_results_always_encode(self, result: Result, with_words: bool) -> None:
        """The message decodes to what was said."""
        message = replies.transcription_result(result, result_id="s.1", seq=1, engine="embedded", with_words=with_words)
        self.assertEqual(json.loads(wire.encode(message))["text"], result.text)

    @given(st.lists(RESULTS, max_size=3))
    @settings(deadline=None, max_examples=60)
    def test_ambient_finals_always_encode(self, results: list[Result]) -> None:
        """Every number in it is a string that reads as a number."""
        payload = json.loads(wire.encode(replies.transcription_final(results)))["payload"]
        for item in payload["results"]["items"]:
            for text in (item["start_time"], item["end_time"], item["alternatives"][0]["confidence"]):
                self.assertGreaterEqual(float(text), 0)
