"""A stream over HTTP/2, from request to end."""

from __future__ import annotations

import json
import uuid

from h2.errors import ErrorCodes
from h2.events import StreamEnded, StreamReset
from twisted.trial.unittest import SynchronousTestCase
from twisted.web import http

from alie.simulator.http2 import LINGER_S
from alie.simulator.interface import Line
from tests.simulator.http2_client import Http2TestCase, signed_headers
from tests.simulator.scripted_service import TOKEN

SESSION_ID = "6dd1ebb0-1a8f-4d3d-9d3c-0b8a1f3b2c11"


class OpenTest(Http2TestCase):
    """The request and its answer."""

    def test_accepted(self) -> None:
        """200 says what the service says, and repeats the parameters."""
        parameters = {"language-code": "en-US", "sample-rate": "8000", "session-id": SESSION_ID}
        stream_id, _ = self.client.open(signed_headers(parameters))
        headers = self.client.response(stream_id)
        self.assertEqual(headers[":status"], "200")
        self.assertEqual(headers["content-type"], "application/vnd.amazon.eventstream")
        self.assertEqual(headers["x-amzn-transcribe-language-code"], "en-US")
        self.assertEqual(headers["x-amzn-transcribe-sample-rate"], "8000")
        self.assertEqual(headers["x-amzn-transcribe-session-id"], SESSION_ID)
        self.assertEqual(str(uuid.UUID(headers["x-amzn-request-id"])), headers["x-amzn-request-id"])
        self.assertEqual(self.service.hearing.parameters, parameters)
        self.assertEqual(self.service.bad_signatures, [])

    def test_session_id_made_up(self) -> None:
        """A session that the client gave no id gets one."""
        stream_id, _ = self.client.open()
        given = self.client.response(stream_id)["x-amzn-transcribe-session-id"]
        self.assertEqual(str(uuid.UUID(given)), given)

    def test_refused_by_the_service(self) -> None:
        """A refusal before 200 is a JSON error; the rest of the request is not wanted."""

        def refuse(line: Line) -> bool:
            line.refuse(429, "LimitExceededException", "Too many streams.")
            return False

        self.service.on_open = refuse
        stream_id, _ = self.client.open()
        headers = self.client.response(stream_id)
        self.assertEqual(headers[":status"], "429")
        self.assertEqual(headers["x-amzn-errortype"], "LimitExceededException")
        self.assertEqual(json.loads(self.client.body(stream_id)), {"Message": "Too many streams."})
        self.assertEqual(self.client.of(StreamReset), [])
        self.client.clock.advance(LINGER_S)
        self.client.exchange()
        self.assertEqual([event.error_code for event in self.client.of(StreamReset)], [ErrorCodes.NO_ERROR])

    def test_slow_service(self) -> None:
        """What comes before the service accepts is kept, and heard after."""
        self.service.on_open = lambda line: True
        stream_id, writer = self.client.open()
        self.client.send(stream_id, writer.audio(b"ab"))
        self.assertEqual(self.service.hearing.heard, [])
        self.service.hearing.line.accept()
        self.client.exchange()
        self.assertEqual(self.client.response(stream_id)[":status"], "200")
        self.assertEqual(self.service.hearing.heard, [b"ab"])

    def test_slow_refusal(self) -> None:
        """Who was to hear the stream is told that it is gone."""
        self.service.on_open = lambda line: True
        stream_id, _ = self.client.open()
        self.service.hearing.line.refuse(503, "ServiceUnavailableException", "Try again.")
        self.client.exchange()
        self.assertEqual(self.client.response(stream_id)[":status"], "503")
        self.assertTrue(self.service.hearing.is_lost)

    def test_bad_signature(self) -> None:
        """A request signed with another secret, or with a key that nobody knows, is refused and noted."""
        cases = [
            (signed_headers(secret="another"), "InvalidSignatureException"),
            (signed_headers(key_id="AKIDOTHER"), "UnrecognizedClientException"),
            (signed_headers(token=TOKEN), "UnrecognizedClientException"),
        ]
        for headers, exception_type in cases:
            stream_id, _ = self.client.open(headers)
            self.assertEqual(self.client.response(stream_id)[":status"], "403")
            self.assertEqual(self.client.response(stream_id)["x-amzn-errortype"], exception_type)
        self.assertEqual(len(self.service.bad_signatures), len(cases))
        self.assertEqual(self.service.lines, [])

    def test_other_paths(self) -> None:
        """There is one operation."""
        for change in ({":path": "/"}, {":method": "GET"}, {":path": "/stream-transcription?x=1"}):
            stream_id, _ = self.client.open({**signed_headers(), **change})
            self.assertEqual(self.client.response(stream_id)[":status"], "404")
        self.assertEqual(self.service.lines, [])


class StreamTest(Http2TestCase):
    """What goes to and fro."""

    def test_audio(self) -> None:
        """Audio is heard in order however it is cut up; then the end."""
        stream_id, writer = self.client.open()
        body = writer.audio(b"ab") + writer.audio(b"cd" * 20000) + writer.audio(b"ef") + writer.end()
        for at in range(0, len(body), 1000):
            self.client.send(stream_id, body[at : at + 1000])
        self.assertEqual(self.service.hearing.heard, [b"ab", b"cd" * 20000, b"ef"])
        self.assertTrue(self.service.hearing.has_ended)
        self.assertFalse(self.service.hearing.is_lost)

    def test_events(self) -> None:
        """Events come as botocore reads them, and the end after both sides are done."""
        stream_id, writer = self.client.open()
        self.service.hearing.line.send_event("TranscriptEvent", b'{"Transcript": 1}')
        self.client.send(stream_id, writer.end(), is_last=True)
        self.service.hearing.line.close()
        self.client.exchange()
        ((headers, payload),) = self.client.messages(stream_id)
        self.assertEqual((headers[":message-type"], headers[":event-type"]), ("event", "TranscriptEvent"))
        self.assertEqual(payload, b'{"Transcript": 1}')
        self.assertEqual(len(self.client.of(StreamEnded, stream_id)), 1)
        self.client.clock.advance(LINGER_S)
        self.client.exchange()
        self.assertEqual(self.client.of(StreamReset), [])
        self.assertTrue(self.service.hearing.is_lost)

    def test_exception(self) -> None:
        """An exception ends the stream while the client still speaks, and what it says then is not heard."""
        stream_id, writer = self.client.open()
        self.service.hearing.line.send_exception("InternalFailureException", "Sorry.")
        self.client.exchange()
        ((headers, payload),) = self.client.messages(stream_id)
        self.assertEqual(headers[":message-type"], "exception")
        self.assertEqual(headers[":exception-type"], "InternalFailureException")
        self.assertEqual(json.loads(payload), {"Message": "Sorry."})
        self.assertEqual(len(self.client.of(StreamEnded, stream_id)), 1)
        self.assertTrue(self.service.hearing.is_lost)
        self.assertEqual(self.service.hearing.heard, [])
        other, writer = self.client.open()
        self.client.send(other, writer.audio(b"ab"))
        self.assertEqual(self.service.hearing.heard, [b"ab"])

    def test_answer_to_audio(self) -> None:
        """The service may end the stream while it hears; the rest of what has come is dropped."""
        stream_id, writer = self.client.open()
        self.service.answer = lambda hearing: hearing.line.close()
        self.client.send(stream_id, writer.audio(b"ab") + writer.audio(b"cd"))
        self.assertEqual(self.service.hearing.heard, [b"ab"])
        self.assertTrue(self.service.hearing.is_lost)

    def test_bad_chunk(self) -> None:
        """A chunk whose signature is wrong ends the stream with an exception."""
        stream_id, writer = self.client.open()
        writer.audio(b"never sent: the chain is broken")
        self.client.send(stream_id, writer.audio(b"ab"))
        ((headers, payload),) = self.client.messages(stream_id)
        self.assertEqual(headers[":exception-type"], "BadRequestException")
        self.assertIn("signature", json.loads(payload)["Message"])
        self.assertEqual(len(self.service.bad_signatures), 1)
        self.assertEqual(self.service.hearing.heard, [])
        self.assertTrue(self.service.hearing.is_lost)

    def test_unsigned_end(self) -> None:
        """Whoever stops without a signed end may have been cut short."""
        stream_id, writer = self.client.open()
        self.client.send(stream_id, writer.audio(b"ab"), is_last=True)
        ((headers, _),) = self.client.messages(stream_id)
        self.assertEqual(headers[":exception-type"], "BadRequestException")
        self.assertFalse(self.service.hearing.has_ended)

    def test_many_streams(self) -> None:
        """Streams of one connection do not mix."""
        opened = [self.client.open() for _ in range(20)]
        for number, (stream_id, writer) in enumerate(opened):
            self.client.send(stream_id, writer.audio(b"%02d" % number))
        for number, hearing in enumerate(self.service.hearings):
            hearing.line.send_event("TranscriptEvent", b"%02d" % number)
        self.client.exchange()
        for number, (stream_id, _) in enumerate(opened):
            self.assertEqual(self.service.hearings[number].heard, [b"%02d" % number])
            self.assertEqual(self.client.messages(stream_id)[0][1], b"%02d" % number)


class TwistedTest(SynchronousTestCase):
    """What h2 brings along."""

    def test_site_speaks_no_http2(self) -> None:
        """Twisted's own HTTP/2 stays off, over which no WebSocket can be opened."""
        self.assertFalse(http.H2_ENABLED)
