"""A dictation as its client sees it, over one socket; coming back is in test_coming_back.py."""

import json

from twisted.trial.unittest import SynchronousTestCase

from alie import errors, replies, wire
from alie.client import Phase, StartRequest, TranscriptionClient
from alie.server_messages import Completed, Segment, Trouble
from alie.transcript import Result, Word

SECOND = 32000


def client_at(phase: Phase) -> TranscriptionClient:
    """A client that has come to a phase as it does in life."""
    client = TranscriptionClient(StartRequest())
    steps = [
        lambda: client.receive(wire.encode(replies.connection_established("s-1", "2026-01-01T00:00:00Z"))),
        client.start,
        lambda: client.receive(b'{"type":"stream_ready","engine":"embedded","languageCode":"fr-CA"}'),
        client.stop,
        lambda: client.receive(wire.encode(replies.transcription_complete(audio_s=2.0, finals=1, lost_s=0.5))),
    ]
    for step in steps[: int(phase)]:
        step()
    return client


class StartTests(SynchronousTestCase):
    """What is asked for is what the server understands."""

    def test_the_server_reads_what_was_asked(self) -> None:
        request = StartRequest("fr-CA", wants_partials=False, vocabulary=("mot", "autre mot"), token="t")
        read = wire.parse(request.encode())
        assert isinstance(read, wire.StartTranscription)
        self.assertEqual((read.language_code, read.vocabulary, read.token), ("fr-CA", ("mot", "autre mot"), "t"))
        self.assertEqual((read.wants_ack, read.wants_words, read.wants_partials), (True, True, False))
        self.assertEqual((read.declared_rate_hz, read.is_alie_client), (16000, True))

    def test_what_was_not_asked_is_not_sent(self) -> None:
        self.assertTrue({"vocabulary", "token"}.isdisjoint(json.loads(StartRequest().encode())))

    def test_a_token_is_not_shown(self) -> None:
        self.assertNotIn("secret", repr(StartRequest(token="secret")))


class PhaseTests(SynchronousTestCase):
    """The session goes forward only."""

    def test_every_step_leads_to_its_phase(self) -> None:
        for phase in Phase:
            self.assertEqual(client_at(phase).phase, phase)

    def test_a_late_message_does_not_lead_back(self) -> None:
        client = client_at(Phase.FINISHING)
        client.receive(b'{"type":"stream_ready"}')
        self.assertEqual(client.phase, Phase.FINISHING)

    def test_what_the_server_told_is_kept(self) -> None:
        client = client_at(Phase.COMPLETE)
        self.assertEqual((client.session_id, client.engine, client.language_code), ("s-1", "embedded", "fr-CA"))
        self.assertEqual(client.completed, Completed(audio_s=2.0, lost_s=0.5))


class ResultTests(SynchronousTestCase):
    """Finals are kept, as the server wrote them."""

    def test_a_final_with_its_words(self) -> None:
        words = (Word("Bon", 1.0, 1.2, 0.9), Word(".", 1.2, 1.2, 0.5, is_punctuation=True))
        result = Result("x", 1.0, 1.2, " Bon. ", True, words, "fr-CA")
        message = replies.transcription_result(result, result_id="r1", seq=1, engine="embedded", with_words=True)
        client = client_at(Phase.READY)
        client.receive(wire.encode(message))
        self.assertEqual(client.finals, [Segment("r1", 1.0, 1.2, "Bon.", True, 0.9, words, "fr-CA", seq=1)])

    def test_partials_and_withdrawn_text_are_not_kept(self) -> None:
        client = client_at(Phase.READY)
        for text, is_final in (("bo", False), ("", True)):
            result = Result("x", 0.0, 1.0, text, is_final)
            client.receive(wire.encode(replies.transcription_result(result, result_id="r", seq=1, engine="e")))
        self.assertEqual(client.finals, [])

    def test_null_times_of_a_plain_server(self) -> None:
        client = client_at(Phase.READY)
        client.receive(
            b'{"type":"transcription_result","resultId":"r","startTime":null,"endTime":null,"text":"a","isFinal":true}'
        )
        self.assertEqual((client.finals[0].start_s, client.finals[0].end_s), (0.0, 0.0))


class HeardTests(SynchronousTestCase):
    """How far the engine has come, as far as can be known."""

    def test_an_ack_tells_what_the_engine_has_heard(self) -> None:
        client = client_at(Phase.READY)
        ack = {"type": "audio_ack", "receivedBytes": 20 * SECOND, "finalBytes": 0, "bufferedSeconds": 15.0}
        client.receive(wire.encode(ack))
        self.assertEqual(client.heard_s, 5.0)

    def test_a_result_tells_where_there_are_no_acks_and_never_leads_back(self) -> None:
        client = client_at(Phase.READY)
        for end_s in (8.0, 6.0):
            result = Result("x", 1.0, end_s, "a", False)
            client.receive(wire.encode(replies.transcription_result(result, result_id="r", seq=1, engine="e")))
        self.assertEqual(client.heard_s, 8.0)


class TroubleTests(SynchronousTestCase):
    """What went wrong has a code and a sentence."""

    def test_a_fatal_error_is_the_failure_and_the_close_adds_nothing(self) -> None:
        client = client_at(Phase.STARTING)
        client.receive(wire.encode(replies.transcription_error(errors.Capacity(), is_fatal=True)))
        client.disconnected(1013, 0.0, 0.5)
        self.assertEqual(client.failure, Trouble("CAPACITY", errors.Capacity.default_sentence, is_retryable=True))
        self.assertEqual(len(client.troubles), 1)

    def test_an_error_that_is_not_fatal_is_only_noted(self) -> None:
        client = client_at(Phase.READY)
        client.receive(wire.encode(replies.transcription_error(errors.EngineThrottled(), is_fatal=False)))
        self.assertIsNone(client.failure)
        self.assertEqual([trouble.code for trouble in client.troubles], ["ENGINE_THROTTLED"])

    def test_a_plain_error_has_no_code_and_the_close_decides(self) -> None:
        client = client_at(Phase.STARTING)
        client.receive(b'{"type":"transcription_error","error":"Invalid languageCode"}')
        self.assertIsNone(client.failure)
        client.disconnected(1005, 0.0, 0.5)
        assert client.failure is not None
        self.assertEqual([trouble.code for trouble in client.troubles], ["ERROR", "CLOSED"])

    def test_a_close_alone_tells_by_its_code(self) -> None:
        for code, named in ((1013, "CAPACITY"), (1001, "SHUTTING_DOWN"), (1000, "CLOSED"), (None, "CONNECTION_LOST")):
            client = client_at(Phase.READY)
            client.disconnected(code, 0.0, 0.5)
            assert client.failure is not None
            self.assertEqual(client.failure.code, named)

    def test_after_the_account_a_close_is_no_failure(self) -> None:
        client = client_at(Phase.COMPLETE)
        client.disconnected(None, 0.0, 0.5)
        self.assertIsNone(client.failure)
        self.assertTrue(client.is_closed)

    def test_what_is_not_of_the_protocol_is_a_failure(self) -> None:
        late = b'{"type":"transcription_result","resultId":"r","startTime":0,"endTime":1e999,"text":"a","isFinal":true}'
        deep = b"[" * 100_000
        endless = b'{"type":"audio_ack","receivedBytes":1e999,"finalBytes":0,"bufferedSeconds":0}'
        large = b'{"type":"server_draining","reconnectAfterSeconds":1' + b"0" * 400 + b"}"
        none_at_all = (b"x", b"[]", b"{}", b'"a"', b'{"type":"transcription_result"}', b'{"type":[]}')
        for payload in (*none_at_all, deep, late, endless, large):
            client = client_at(Phase.READY)
            client.receive(payload)
            assert client.failure is not None, payload[:20]
            self.assertEqual(client.failure.code, "BAD_MESSAGE")

    def test_types_that_are_not_known_are_ignored(self) -> None:
        client = client_at(Phase.READY)
        self.assertEqual(client.receive(b'{"type":"news"}'), [])
        self.assertEqual(client.troubles, [])
