"""The default transport, against a service's end in memory: every way to open, end and fail."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import txaio  # type: ignore[import-untyped]
from botocore.credentials import ReadOnlyCredentials  # type: ignore[import-untyped]
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.eventstream import MAX_MESSAGE_BYTES
from alie.engines.amazon.options import AmazonOptions
from alie.engines.amazon.websocket import WebSocketTransport, WebSocketWire
from alie.faults import Fault, StreamFailed
from alie.masking import masks_natively
from tests.engines.amazon.service_end import MemoryNet, ServiceEnd, transcript
from tests.engines.amazon.test_eventstream import event

KEYS = ReadOnlyCredentials("AKIDEXAMPLE", "sekret", "token", None)
PARAMETERS = {"language-code": "fr-CA", "sample-rate": "16000", "media-encoding": "pcm"}


class Told:
    """Remembers what a wire tells, in order; does what a test wants when it is told."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.react: Any = lambda name: None

    def on_open(self) -> None:
        self._note("open")

    def on_results(self, results: Any) -> None:
        self._note("results", results)

    def on_end(self) -> None:
        self._note("end")

    def on_failed(self, error: StreamFailed) -> None:
        self._note(error.fault, error.detail)

    def on_backlog(self, is_full: bool) -> None:
        self._note("backlog", is_full)

    def _note(self, *event_: Any) -> None:
        self.events.append(event_)
        self.react(event_[0])


class Lender:
    """Stands where the provider chain would."""

    def __init__(self) -> None:
        self.answer: Deferred[Any] = succeed(KEYS)
        self.refused: list[Any] = []

    def get(self) -> Deferred[Any]:
        return self.answer

    def renew(self, refused: Any) -> None:
        self.refused.append(refused)


class WireCase(SynchronousTestCase):
    """A transport, and the service's end of what it opens."""

    def setUp(self) -> None:
        self.net, self.lender, self.told = MemoryNet(), Lender(), Told()
        self.addCleanup(setattr, txaio.config, "loop", getattr(txaio.config, "loop", None))
        txaio.config.loop = self.net
        options = AmazonOptions(endpoint="ws://localhost:4000")
        lender: Any = self.lender
        self.transport = WebSocketTransport(self.net, options, lender)
        self.addCleanup(self.check_nothing_is_left)

    def check_nothing_is_left(self) -> None:
        """No timer outlives the connections."""
        if not self.transport.connections:
            self.net.advance(0)
            self.assertEqual([call for call in self.net.getDelayedCalls() if call.active()], [])

    def connect(self) -> WebSocketWire:
        """As far as TCP."""
        wire = self.transport.open(PARAMETERS, self.told)
        self.assertEqual(self.told.events, [])
        self.net.advance(0)
        self.service = ServiceEnd(self.net)
        return wire

    def open(self) -> WebSocketWire:
        wire = self.connect()
        self.service.accept()
        self.assertEqual(self.told.events, [("open",)])
        self.told.events.clear()
        return wire

    def assert_over(self, *expected: Any) -> None:
        """It has been told once, nothing more comes, and nobody holds the connection."""
        self.assertEqual(self.told.events, [expected])
        self.net.advance(1)
        self.assertFalse(self.service.is_connected)
        self.assertEqual(self.transport.connections, set())
        self.assertEqual(self.told.events, [expected])


class Opening(WireCase):
    """From the first parameter to 101."""

    def test_the_request_is_signed_and_names_host_and_port(self) -> None:
        self.connect()
        path, headers = self.service.accept()
        self.assertEqual((self.service.host, self.service.port), ("127.0.0.1", 4000))
        name, _, query = path.partition("?")
        fields = dict(parse_qsl(query, strict_parsing=True))
        self.assertEqual(name, "/stream-transcription-websocket")
        self.assertLessEqual(PARAMETERS.items(), fields.items())
        self.assertIn("X-Amz-Signature", fields)
        self.assertEqual(headers["host"], "localhost:4000")
        self.assertNotIn("sec-websocket-extensions", headers)
        self.assertNotIn("origin", headers)

    def test_audio_that_comes_too_early_is_kept_and_goes_first(self) -> None:
        wire = self.connect()
        wire.send(b"ab")
        wire.send(b"cdef")
        self.assertEqual(wire.unsent_bytes, 6)
        self.told.react = lambda name: wire.send(b"gh") if name == "open" else None
        self.service.accept()
        self.assertEqual(self.service.audio(), [b"ab", b"cdef", b"gh"])
        self.assertEqual(wire.unsent_bytes, 0)

    def test_a_stream_may_be_ended_before_it_is_open(self) -> None:
        wire = self.connect()
        wire.send(b"ab")
        wire.end()
        self.service.accept()
        self.assertEqual(self.service.audio(), [b"ab", b""])

    def test_what_is_said_with_the_answer_is_heard(self) -> None:
        self.connect()
        self.service.accept(self.service.frame(transcript({"a": 1})))
        self.assertEqual(self.told.events, [("open",), ("results", [{"a": 1}])])

    def test_keys_that_are_not_there_yet_are_waited_for(self) -> None:
        self.lender.answer = Deferred()
        self.transport.open(PARAMETERS, self.told)
        self.net.advance(0)
        self.assertEqual(self.net.tcpClients, [])
        self.lender.answer.callback(KEYS)
        ServiceEnd(self.net).accept()
        self.assertEqual(self.told.events, [("open",)])

    def test_keys_that_are_not_to_be_had(self) -> None:
        self.lender.answer = fail(StreamFailed(Fault.CREDENTIALS, "NoCredentials"))
        self.transport.open(PARAMETERS, self.told)
        self.assertEqual(self.told.events, [])
        self.net.advance(0)
        self.assertEqual(self.told.events, [(Fault.CREDENTIALS, "NoCredentials")])
        self.assertEqual(self.lender.refused, [])

    def test_a_connection_that_is_refused(self) -> None:
        self.transport.open(PARAMETERS, self.told)
        self.net.advance(0)
        self.net.tcpClients[0][2].clientConnectionFailed(self.net.connectors[0], Failure(ConnectionRefusedError()))
        self.net.advance(0.3)  # another address of the name would have been tried
        self.assertEqual(self.told.events, [(Fault.CONNECTION, "ConnectionRefusedError")])

    def test_parameters_that_cannot_be_signed(self) -> None:
        self.transport.open({"vocabulary-name": "\udc00"}, self.told)
        self.net.advance(0)
        self.assertEqual(self.told.events, [(Fault.CONNECTION, "UnicodeEncodeError")])
        self.assertEqual(len(self.flushLoggedErrors(UnicodeEncodeError)), 1)

    def test_a_name_that_is_not_known(self) -> None:
        self.net.has_names = False
        self.transport.open(PARAMETERS, self.told)
        self.net.advance(0)
        self.assertEqual(self.told.events, [(Fault.CONNECTION, "DNSLookupError")])

    def test_tcp_that_takes_too_long(self) -> None:
        wire = self.transport.open(PARAMETERS, self.told)
        self.net.advance(0)
        self.assertEqual(self.net.tcpClients[0][3], 5)
        wire.abort()

    def test_an_answer_that_takes_too_long(self) -> None:
        self.connect()
        self.net.advance(4.5)
        self.assertEqual(self.told.events, [])
        self.net.advance(1)
        self.assert_over(Fault.CONNECTION, "handshake timeout")

    def test_a_connection_that_ends_instead_of_an_answer(self) -> None:
        self.connect()
        self.service.lose(ConnectionDone())
        self.assert_over(Fault.CONNECTION, "ConnectionDone")


class Refusals(WireCase):
    """Answers that are not 101."""

    def refuse(self, *args: Any, **fields: Any) -> None:
        self.connect()
        self.service.refuse(*args, **fields)

    def test_each_has_its_fault(self) -> None:
        for status, kind, fault, detail in (
            (403, "InvalidSignatureException:http://x/", Fault.CREDENTIALS, "InvalidSignatureException"),
            (403, "", Fault.CREDENTIALS, "HTTP 403"),
            (400, "ConflictException", Fault.CONFLICT, "ConflictException"),
            (429, "", Fault.LIMIT, "HTTP 429"),
            (500, "", Fault.SERVICE, "HTTP 500"),
            (503, "ServiceUnavailableException", Fault.SERVICE, "ServiceUnavailableException"),
            (200, "", Fault.SERVICE, "HTTP 200"),
        ):
            self.told.events.clear()
            self.refuse(status, kind)
            self.assert_over(fault, detail)

    def test_a_body_is_read_even_if_it_comes_later(self) -> None:
        body = b'{"Message": "The requested vocabulary couldn\'t be found.", "__type": "BadRequestException"}'
        self.refuse(400, "", body[:20], len(body))
        self.assertEqual(self.told.events, [])
        self.service.send(body[20:])
        self.assert_over(Fault.PARAMETER, "BadRequestException: The requested vocabulary couldn't be found.")

    def test_a_body_that_never_comes(self) -> None:
        self.refuse(403, "", b"{", 100)
        self.net.advance(6)
        self.assert_over(Fault.CREDENTIALS, "HTTP 403")

    def test_a_body_that_is_cut_off(self) -> None:
        self.refuse(429, "", b"{", 100)
        self.service.lose()
        self.assert_over(Fault.LIMIT, "HTTP 429")

    def test_refused_keys_are_renewed(self) -> None:
        self.refuse(403)
        self.assertEqual(self.lender.refused, [KEYS])

    def test_other_refusals_leave_the_keys_alone(self) -> None:
        self.refuse(429)
        self.assertEqual(self.lender.refused, [])

    def test_an_answer_that_is_no_http(self) -> None:
        for answer in (b"\r\n\r\n", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 10x No\r\n\r\n", b"HTTP/1.1 101 Yes\r\n\r\n"):
            self.told.events.clear()
            self.connect()
            self.service.send(answer)
            self.assertEqual([name for name, *_ in self.told.events], [Fault.SERVICE], answer)
            self.assertFalse(self.service.is_connected)

    def test_an_answer_that_is_no_text(self) -> None:
        self.connect()
        self.service.send(b"HTTP/1.1 101 \xff\xfe\r\nA: \xff\r\n\r\n")
        self.assert_over(Fault.SERVICE, "not understood")
        self.flushLoggedErrors()

    def test_an_answer_without_end(self) -> None:
        self.connect()
        for _ in range(9):
            self.service.send(b"x" * 10_000)
        self.assert_over(Fault.SERVICE, "handshake too long")


class Talking(WireCase):
    """An open stream."""

    def test_audio_goes_out_frame_by_frame(self) -> None:
        wire = self.open()
        for audio in (b"ab", bytes(8192), bytes(32000)):
            wire.send(audio)
            self.assertEqual(self.service.audio(), [audio])

    def test_results_come_in(self) -> None:
        self.open()
        self.service.say({"a": 1}, {"b": 2})
        self.service.say()
        self.assertEqual(self.told.events, [("results", [{"a": 1}, {"b": 2}]), ("results", [])])

    def test_one_frame_may_carry_several_events_and_an_event_several_frames(self) -> None:
        self.open()
        both = transcript({"a": 1}) + transcript({"b": 2})
        self.service.send(self.service.frame(both))
        self.service.send(self.service.frame(both[:50]) + self.service.frame(both[50:]))
        self.assertEqual(self.told.events, [("results", [{"a": 1}]), ("results", [{"b": 2}])] * 2)

    def test_events_of_another_kind_are_passed_over(self) -> None:
        self.open()
        self.service.send(self.service.frame(event(b"{}", {":message-type": "event", ":event-type": "Other"})))
        self.service.send(self.service.frame(event(b"{}", {":message-type": "news"})))
        self.service.send(self.service.frame(event(b"{}", {})))
        self.assertEqual(self.told.events, [])

    def test_pings_are_answered(self) -> None:
        self.open()
        self.service.send(self.service.frame(b"hey", 9))
        self.assertEqual(self.service.frames(), [(10, b"hey")])

    def test_a_full_write_buffer_is_told_and_so_is_an_empty_one(self) -> None:
        wire = self.open()
        self.assertTrue(self.service.transport.streaming)
        self.service.transport.producer.pauseProducing()
        self.assertEqual(wire.unsent_bytes, 65_536)
        wire.send(bytes(1000))
        self.service.transport.producer.pauseProducing()  # as TCP does with each write
        self.assertEqual(wire.unsent_bytes, 66_536)
        self.service.transport.producer.resumeProducing()
        self.assertEqual(wire.unsent_bytes, 0)
        self.service.transport.producer.pauseProducing()
        self.assertEqual(self.told.events, [("backlog", True), ("backlog", False), ("backlog", True)])

    def test_masking_is_native(self) -> None:
        self.assertTrue(masks_natively())

    def test_a_buffer_that_drains_after_the_end_is_not_told(self) -> None:
        wire = self.open()
        producer = self.service.transport.producer
        wire.abort()
        producer.resumeProducing()
        self.assertEqual(self.told.events, [])


class Ends(WireCase):
    """How an open stream ends."""

    def test_in_good_order(self) -> None:
        wire = self.open()
        wire.send(b"ab")
        wire.end()
        wire.end()
        self.assertEqual(self.service.audio(), [b"ab", b""])
        self.service.say({"a": 1})
        self.service.close()
        self.assertEqual(self.service.frames(), [(8, b"\x03\xe8")])
        self.assertEqual(self.told.events.pop(0), ("results", [{"a": 1}]))
        self.assert_over("end")

    def test_by_tcp_in_good_order(self) -> None:
        wire = self.open()
        wire.end()
        self.service.lose(ConnectionDone())
        self.assert_over("end")

    def test_without_being_asked(self) -> None:
        for end in (
            lambda: self.service.close(1000),
            lambda: self.service.close(1001),
            lambda: self.service.close(None),
            lambda: self.service.lose(ConnectionDone()),
        ):
            self.told.events.clear()
            self.open()
            end()
            self.assert_over(Fault.CLOSED, "")

    def test_by_a_close_that_complains(self) -> None:
        for code, fault in ((1009, Fault.OVERSIZE), (1011, Fault.SERVICE), (1008, Fault.SERVICE)):
            self.told.events.clear()
            self.open().end()
            self.service.close(code)
            self.assert_over(fault, f"close {code}")

    def test_by_a_reset(self) -> None:
        for is_ending in (False, True):
            self.told.events.clear()
            wire = self.open()
            if is_ending:
                wire.end()
            self.service.lose()
            self.assert_over(Fault.CONNECTION, "ConnectionLost")

    def test_by_an_exception(self) -> None:
        self.open()
        self.service.fail("LimitExceededException", "You have reached your concurrent stream limit.")
        self.assertEqual(self.service.frames(), [(8, b"\x03\xe8")])
        self.assert_over(Fault.LIMIT, "LimitExceededException")

    def test_by_an_exception_that_says_more(self) -> None:
        self.open()
        self.service.fail("BadRequestException", "Your request timed out because no new audio was received.")
        self.assert_over(Fault.STARVED, "BadRequestException")

    def test_by_an_exception_about_keys(self) -> None:
        self.open()
        self.service.fail("ExpiredTokenException")
        self.assert_over(Fault.CREDENTIALS, "ExpiredTokenException")
        self.assertEqual(self.lender.refused, [KEYS])

    def test_by_an_error_message(self) -> None:
        self.open()
        kind = {":message-type": "error", ":error-code": "InternalFailure", ":error-message": "words"}
        self.service.fail("", headers=kind)
        self.assert_over(Fault.SERVICE, "InternalFailure")

    def test_nothing_is_told_after_an_exception(self) -> None:
        self.open()
        exception = event(b"{}", {":message-type": "exception", ":exception-type": "ConflictException"})
        self.service.send(self.service.frame(exception + transcript({"a": 1})))
        self.service.close()
        self.assert_over(Fault.CONFLICT, "ConflictException")

    def test_by_damage(self) -> None:
        damaged = bytearray(transcript({"a": 1}))
        damaged[-1] ^= 1
        self.open()
        self.service.send(self.service.frame(bytes(damaged)))
        self.assert_over(Fault.CONNECTION, "event stream damaged")

    def test_by_an_event_that_is_none(self) -> None:
        self.open()
        self.service.send(self.service.frame(event(b'{"Transcript": 3}')))
        self.assert_over(Fault.SERVICE, "event not understood")

    def test_by_a_message_that_is_too_large(self) -> None:
        self.open()
        self.service.send(self.service.frame(bytes(MAX_MESSAGE_BYTES + 1))[:100])
        self.net.advance(2)
        self.assert_over(Fault.SERVICE, "protocol violation")

    def test_by_a_frame_against_the_rules(self) -> None:
        wire = self.open()
        self.service.send(b"\xf2\x00")
        wire.send(b"ab")
        self.assertEqual([opcode for opcode, _ in self.service.frames()], [8])
        self.service.close(1002)
        self.assert_over(Fault.SERVICE, "protocol violation")

    def test_by_a_listener_that_raises(self) -> None:
        def react(name: str) -> None:
            if name == "results":
                raise RuntimeError

        self.told.react = react
        self.open()
        self.service.say({"a": 1})
        self.assertEqual(self.told.events.pop(0), ("results", [{"a": 1}]))
        self.assert_over(Fault.SERVICE, "not understood")
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    def test_by_a_listener_that_raises_at_the_start(self) -> None:
        def react(name: str) -> None:
            if name == "open":
                raise RuntimeError

        self.told.react = react
        self.connect()
        self.service.accept()
        self.assertEqual(self.told.events.pop(0), ("open",))
        self.assert_over(Fault.SERVICE, "not understood")
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    def test_a_peer_that_reads_no_more_does_not_hold_a_closed_connection(self) -> None:
        self.open()
        self.service.transport.loseConnection = lambda: None  # what is to be written first, never is
        self.service.close()
        self.assertTrue(self.service.is_connected)
        del self.service.transport.loseConnection
        self.assert_over(Fault.CLOSED, "")
        self.assertTrue(self.service.transport.is_aborted)

    def test_what_is_sent_afterwards_goes_nowhere(self) -> None:
        wire = self.open()
        self.service.close()
        self.service.frames()
        wire.send(b"ab")
        wire.end()
        self.assertEqual(self.service.frames(), [])
        self.assert_over(Fault.CLOSED, "")


class Aborting(WireCase):
    """At any time, as often as one likes, and then nothing is told."""

    def check(self, wire: WebSocketWire) -> None:
        wire.abort()
        wire.abort()
        self.net.advance(10)
        self.assertEqual(self.told.events, [])
        self.assertEqual(self.transport.connections, set())

    def test_at_once(self) -> None:
        self.check(self.transport.open(PARAMETERS, self.told))
        self.assertEqual(self.net.tcpClients, [])

    def test_while_keys_are_waited_for(self) -> None:
        self.lender.answer = Deferred()
        wire = self.transport.open(PARAMETERS, self.told)
        self.net.advance(0)
        self.check(wire)

    def test_while_tcp_connects(self) -> None:
        wire = self.transport.open(PARAMETERS, self.told)
        self.net.advance(0)
        self.check(wire)

    def test_before_the_answer(self) -> None:
        self.check(self.connect())
        self.assertTrue(self.service.transport.is_aborted)

    def test_an_open_stream(self) -> None:
        self.check(self.open())
        self.assertTrue(self.service.transport.is_aborted)

    def test_while_results_are_told(self) -> None:
        wire = self.open()
        self.told.react = lambda name: wire.abort()
        self.service.send(self.service.frame(transcript({"a": 1}) + transcript({"b": 2})))
        self.assertEqual(self.told.events, [("results", [{"a": 1}])])
        self.assertTrue(self.service.transport.is_aborted)

    def test_while_it_opens(self) -> None:
        wire = self.connect()
        self.told.react = lambda name: wire.abort()
        self.service.accept(self.service.frame(transcript({"a": 1})))
        self.assertEqual(self.told.events, [("open",)])
        self.assertTrue(self.service.transport.is_aborted)

    def test_a_stream_that_is_over(self) -> None:
        wire = self.open()
        self.service.lose()
        self.told.events.clear()
        self.check(wire)


class Stopping(WireCase):
    """The transport's end."""

    def test_without_connections_at_once(self) -> None:
        self.successResultOf(self.transport.stop())

    def test_after_the_last_connection(self) -> None:
        self.open()
        stopped = self.transport.stop()
        self.assertNoResult(stopped)
        self.service.lose()
        self.successResultOf(stopped)


class Secrets(WireCase):
    """The signature does not stay."""

    def test_the_request_is_forgotten_once_it_is_answered(self) -> None:
        self.open()
        (connection,) = self.transport.connections
        self.assertNotIn("sekret", repr(vars(connection)))
        self.assertNotIn("Signature", repr(connection.http_request_data))
