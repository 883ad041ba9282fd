"""Flow control over HTTP/2, both ways."""

from __future__ import annotations

from h2.errors import ErrorCodes
from h2.events import StreamReset
from h2.settings import SettingCodes

from alie.simulator.http2_line import MAX_UNSENT_BYTES
from tests.simulator.http2_client import Http2TestCase

WINDOW = 65535


class InboundTest(Http2TestCase):
    """What the client sends."""

    def test_windows_stay_open(self) -> None:
        """A client can send for ever while it is read."""
        stream_id, writer = self.client.open()
        for _ in range(20):
            body = writer.audio(bytes(20000))
            self.assertEqual(self.client.send(stream_id, body), len(body))
        self.assertEqual(len(self.service.hearing.heard), 20)
        self.assertEqual(self.client.h2.local_flow_control_window(stream_id), WINDOW)

    def test_pause(self) -> None:
        """Of a stream that is not read one window is taken; the others go on."""
        stream_id, writer = self.client.open()
        slow = self.service.hearing
        other, other_writer = self.client.open()
        slow.line.pause_reading()
        body = b"".join(writer.audio(bytes(10000)) for _ in range(10))
        sent = self.client.send(stream_id, body)
        self.assertEqual(sent, WINDOW)
        self.assertEqual(self.client.h2.local_flow_control_window(stream_id), 0)
        self.assertEqual(slow.heard, [])
        for _ in range(10):
            self.client.send(other, other_writer.audio(bytes(20000)))
        self.assertEqual(len(self.service.hearing.heard), 10)
        slow.line.resume_reading()
        self.client.exchange()
        self.assertEqual(self.client.send(stream_id, body[sent:]), len(body) - sent)
        self.assertEqual(slow.heard, [bytes(10000)] * 10)

    def test_paused_before_it_is_accepted(self) -> None:
        """A pause outlives the answer."""
        self.service.on_open = lambda line: True
        stream_id, writer = self.client.open()
        line = self.service.hearing.line
        line.pause_reading()
        line.accept()
        self.client.send(stream_id, writer.audio(b"one"))
        self.assertEqual(self.service.hearing.heard, [])
        line.resume_reading()
        self.assertEqual(self.service.hearing.heard, [b"one"])

    def test_end_while_paused(self) -> None:
        """The end waits, too."""
        stream_id, writer = self.client.open()
        self.service.hearing.line.pause_reading()
        self.client.send(stream_id, writer.audio(b"one") + writer.end(), is_last=True)
        self.assertFalse(self.service.hearing.has_ended)
        self.service.hearing.line.resume_reading()
        self.assertEqual(self.service.hearing.heard, [b"one"])
        self.assertTrue(self.service.hearing.has_ended)


class OutboundTest(Http2TestCase):
    """What the service sends."""

    def test_small_window(self) -> None:
        """No more goes out than the client has room for; the end comes last."""
        self.client.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 100})
        self.client.exchange()
        stream_id, _ = self.client.open()
        self.service.hearing.line.send_event("TranscriptEvent", b"x" * 300)
        self.service.hearing.line.close()
        self.client.exchange()
        self.assertEqual(len(self.client.body(stream_id)), 100)
        self.assertFalse(self.service.hearing.is_lost)
        self.client.acknowledge(150, stream_id)
        self.assertEqual(len(self.client.body(stream_id)), 250)
        self.client.acknowledge(1000, stream_id)
        ((_, payload),) = self.client.messages(stream_id)
        self.assertEqual(payload, b"x" * 300)
        self.assertTrue(self.service.hearing.is_lost)

    def test_larger_than_a_frame(self) -> None:
        """Long events are split as the client wants them."""
        stream_id, _ = self.client.open()
        self.service.hearing.line.send_event("TranscriptEvent", b"x" * 50000)
        self.client.exchange()
        ((_, payload),) = self.client.messages(stream_id)
        self.assertEqual(payload, b"x" * 50000)

    def test_client_that_does_not_read(self) -> None:
        """Only so much is kept for it."""
        stream_id, _ = self.client.open()
        for _ in range(MAX_UNSENT_BYTES // 50000 + 4):
            self.service.hearing.line.send_event("TranscriptEvent", b"x" * 50000)
        self.client.exchange()
        (reset,) = self.client.of(StreamReset, stream_id)
        self.assertEqual(reset.error_code, ErrorCodes.ENHANCE_YOUR_CALM)
        self.assertTrue(self.service.hearing.is_lost)

    def test_full_connection(self) -> None:
        """Nothing is written while TCP takes nothing."""
        stream_id, _ = self.client.open()
        producer = self.client.transport.producer
        producer.pauseProducing()
        self.service.hearing.line.send_event("TranscriptEvent", b"one")
        self.client.exchange()
        self.assertEqual(self.client.body(stream_id), b"")
        producer.resumeProducing()
        self.client.exchange()
        self.assertEqual(self.client.messages(stream_id)[0][1], b"one")
