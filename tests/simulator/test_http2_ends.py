"""How streams and connections over HTTP/2 end."""

from __future__ import annotations

from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated

from tests.simulator.http2_client import Http2TestCase, signed_headers


class EndTest(Http2TestCase):
    """Whoever ends it, the service is told once."""

    def test_client_resets_a_stream(self) -> None:
        """The others go on."""
        stream_id, _ = self.client.open()
        gone = self.service.hearing
        other, writer = self.client.open()
        self.client.h2.reset_stream(stream_id, ErrorCodes.CANCEL)
        self.client.exchange()
        self.assertTrue(gone.is_lost)
        self.client.send(other, writer.audio(b"one"))
        self.assertEqual(self.service.hearing.heard, [b"one"])
        self.assertFalse(self.service.hearing.is_lost)

    def test_opened_and_reset_at_once(self) -> None:
        """A request that was broken off in the same breath is not looked at."""
        self.client.h2.send_headers(1, list(signed_headers().items()))
        self.client.h2.reset_stream(1, ErrorCodes.CANCEL)
        self.client.exchange()
        self.assertEqual(self.service.lines, [])
        self.assertTrue(self.client.transport.connected)

    def test_client_that_leaves(self) -> None:
        """Its GOAWAY says that no stream will be opened any more; those that are open go on."""
        stream_id, writer = self.client.open()
        # As h2's own would not let the test go on.
        goaway = bytes([0, 0, 8, 7, 0, 0, 0, 0, 0]) + bytes(8)
        self.client.server.dataReceived(goaway)
        self.client.send(stream_id, writer.audio(b"one"))
        self.service.hearing.line.send_event("TranscriptEvent", b"two")
        self.client.exchange()
        self.assertEqual(self.service.hearing.heard, [b"one"])
        self.assertEqual(self.client.messages(stream_id)[0][1], b"two")

    def test_client_that_complains(self) -> None:
        """A GOAWAY with an error ends all."""
        self.client.open()
        self.client.h2.close_connection(ErrorCodes.INTERNAL_ERROR)
        self.client.exchange()
        self.assertTrue(self.service.hearing.is_lost)
        self.assertFalse(self.client.transport.connected)

    def test_slow_goodbye(self) -> None:
        """Streams are lost before TLS has said goodbye, which it does only when nobody may write any more."""
        self.client.open()
        self.client.transport.loseConnection = lambda: None
        self.client.server.dataReceived(bytes(9))
        self.assertTrue(self.client.transport.connected)
        self.assertTrue(self.service.hearing.is_lost)
        self.assertIsNone(self.client.transport.producer)

    def test_connection_lost(self) -> None:
        """All streams are lost with it."""
        self.client.open()
        self.client.open()
        self.client.transport.loseConnection()
        self.assertEqual([hearing.is_lost for hearing in self.service.hearings], [True, True])

    def test_broken_rules(self) -> None:
        """A DATA frame of no stream is answered with GOAWAY."""
        self.client.open()
        self.client.server.dataReceived(bytes(9))
        self.client.exchange()
        (event,) = self.client.of(ConnectionTerminated)
        self.assertEqual(event.error_code, ErrorCodes.PROTOCOL_ERROR)
        self.assertTrue(self.service.hearing.is_lost)
        self.assertFalse(self.client.transport.connected)

    def test_reset(self) -> None:
        """The service cuts TCP, not only the stream."""
        self.client.open()
        self.service.hearing.line.reset()
        self.assertTrue(self.client.transport.is_aborted)
        self.assertTrue(self.service.hearing.is_lost)

    def test_nothing_left_behind(self) -> None:
        """No timer outlives the connection."""
        self.client.open()
        self.service.hearing.line.close()
        self.client.exchange()
        self.assertEqual(len(self.client.clock.getDelayedCalls()), 1)
        self.client.transport.loseConnection()
        self.assertEqual(self.client.clock.getDelayedCalls(), [])
