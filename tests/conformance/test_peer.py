"""Our two clients against `websockets`: whole sessions, in pieces and with pings between, up to the close."""

from __future__ import annotations

import json
from typing import Any

import txaio
from botocore.eventstream import EventStreamBuffer  # type: ignore[import-untyped]
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from websockets.frames import Opcode

from alie.cli.address import parse
from alie.cli.link import connect
from alie.client import StartRequest, TranscriptionClient
from tests.conformance.peer import Peer
from tests.engines.amazon.service_end import MemoryNet, transcript
from tests.engines.amazon.test_websocket import PARAMETERS, WireCase

RESULT = {"ResultId": "r", "Alternatives": [{"Transcript": "à bientôt"}]}
AUDIO = (b"\x01\x02" * 4000, b"", b"\x03\x04" * 40_000)


class EngineLegTests(WireCase):
    """A stream to a service that is built on `websockets`."""

    def open(self) -> tuple[Any, Peer]:
        """A wire, and its service, which has taken the upgrade."""
        wire = self.transport.open(PARAMETERS, self.told)
        self.net.advance(0)
        return wire, Peer(self.net)

    def test_audio(self) -> None:
        """As the service reads it: masked, of any length."""
        wire, peer = self.open()
        for audio in (AUDIO[0], AUDIO[2]):
            wire.send(audio)
        wire.end()
        peer.read()
        buffer = EventStreamBuffer()
        for payload in peer.payloads(Opcode.BINARY):
            buffer.add_data(payload)
        self.assertEqual([event.payload for event in buffer], [AUDIO[0], AUDIO[2], b""])
        peer.say(peer.server.send_close, 1000)
        self.assertEqual((self.told.events, peer.close_code), ([("open",), ("end",)], 1000))

    def test_results(self) -> None:
        """Whole, in pieces with a ping between, several in one message, and one over two messages."""
        wire, peer = self.open()
        one = transcript(RESULT)
        server = peer.server
        peer.say(server.send_binary, one)
        peer.say(server.send_binary, one[:30], fin=False)
        peer.say(server.send_ping, b"?")
        peer.say(server.send_continuation, one[30:], fin=True)
        peer.say(server.send_binary, one + one + one[:7])
        peer.say(server.send_binary, one[7:])
        self.assertEqual(self.told.events[1:], [("results", [RESULT])] * 5)
        self.assertEqual(peer.payloads(Opcode.PONG), [b"?"])
        wire.end()
        peer.read()
        peer.say(server.send_close)
        self.assertEqual(self.told.events[6:], [("end",)])
        self.assertTrue(peer.is_closed)

    def test_we_leave(self) -> None:
        """At a result that is none: with a close frame, in good order."""
        _, peer = self.open()
        peer.say(peer.server.send_binary, bytes(100))
        self.assertEqual((peer.close_code, peer.is_closed), (1000, True))


class CommandTests(SynchronousTestCase):
    """A session of `alie transcribe`."""

    def test_session(self) -> None:
        """Its texts and its audio arrive; texts to it may come in pieces; both close in good order."""
        net = self.net = MemoryNet()
        self.addCleanup(setattr, txaio.config, "loop", getattr(txaio.config, "loop", None))
        txaio.config.loop = net
        client = TranscriptionClient(StartRequest())
        connecting = Deferred.fromCoroutine(connect(net, parse("http://127.0.0.1:3001"), client))
        peer = Peer(net)
        self.tell(peer, type="connection_established", payload={"sessionId": "s-1"})
        link = self.successResultOf(connecting)
        starting = Deferred.fromCoroutine(link.start())
        self.tell(peer, type="stream_ready", sessionId="s-1", engine="embedded", languageCode="en-US")
        self.successResultOf(starting)
        for frame in AUDIO:
            link.send_audio(frame)
        finishing = Deferred.fromCoroutine(link.finish())
        peer.read()
        # What is longer than the server takes goes in parts.
        self.assertEqual(b"".join(peer.payloads(Opcode.BINARY)), b"".join(AUDIO))
        self.assertLessEqual(max(map(len, peer.payloads(Opcode.BINARY))), 65536)
        types = [json.loads(text)["type"] for text in peer.payloads(Opcode.TEXT)]
        self.assertEqual(types, ["start_transcription", "stop_transcription"])
        self.tell(peer, type="transcription_complete", audioSeconds=1.0, finals=0, lostSeconds=0.0)
        peer.say(peer.server.send_close, 1000, "à bientôt")
        self.successResultOf(finishing)
        self.assertEqual((peer.close_code, peer.is_closed), (1000, True))

    def tell(self, peer: Peer, **message: Any) -> None:
        """A text in three pieces, cut in a character, with a ping between."""
        text = json.dumps({"note": "é", **message}, ensure_ascii=False).encode()
        cut = text.index("é".encode()) + 1
        peer.read()
        peer.say(peer.server.send_text, text[:cut], fin=False)
        peer.say(peer.server.send_ping, b"?")
        peer.say(peer.server.send_continuation, text[cut:-3], fin=False)
        peer.say(peer.server.send_continuation, text[-3:], fin=True)
