"""Tests of alie.simulator over loopback: TLS, signatures by botocore's signer, messages by botocore's parser."""

from __future__ import annotations

import hashlib
import json
import os
import random
import struct
import sys
import uuid
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import txaio
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.eventstream import EventStreamBuffer
from twisted.internet import reactor, ssl
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import connectionDone
from twisted.internet.utils import getProcessOutputAndValue
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from alie.simulator.faults import FaultKind, LegFault, for_speakers, in_order
from alie.simulator.limits import SimulatorLimits
from alie.simulator.script import Script, script_of_text
from alie.simulator.service import SimulatedCredentials
from alie.simulator.simulator import Simulator
from alie.simulator.stamp import stamp
from tests.simulator import sdk_client

RATE_HZ = 16000
SPEAKER = 7
TEXT = "The patient sleeps well. There is no pain in the left knee."


def client_message(payload: bytes, event_type: str = "AudioEvent") -> bytes:
    """An audio event, by hand."""
    headers = b""
    for name, value in ((":message-type", "event"), (":event-type", event_type)):
        headers += struct.pack(f"!B{len(name)}sBH", len(name), name.encode(), 7, len(value)) + value.encode()
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    body = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + payload
    return body + struct.pack("!I", zlib.crc32(body))


class Client(WebSocketClientProtocol):
    """Remembers all it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: Deferred[Client] = Deferred()
        self.gone: Deferred[Client] = Deferred()
        self.messages: list[tuple[dict[str, Any], Any]] = []
        self.http_status: int | None = None
        self.close_code: int | None = None

    def onOpen(self) -> None:
        self.opened.callback(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        buffer: Any = EventStreamBuffer()
        buffer.add_data(payload)
        for message in buffer:
            self.messages.append((message.headers, json.loads(message.payload)))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost = reason
        super().connectionLost(reason)

    def processHandshake(self) -> None:
        self.http_response = bytes(self.data)
        super().processHandshake()

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.close_code = code
        self.gone.callback(self)
        if not self.opened.called:
            self.opened.callback(self)

    @property
    def exceptions(self) -> list[str]:
        return [headers[":exception-type"] for headers, _ in self.messages if ":exception-type" in headers]

    @property
    def results(self) -> list[dict[str, Any]]:
        return [
            result
            for headers, body in self.messages
            if headers[":message-type"] == "event"
            for result in body["Transcript"]["Results"]
        ]


class LoopbackCase(TestCase):
    """A started simulator, and clients that sign as AWS's own library does."""

    timeout = 30

    async def begin(self, **how: Any) -> None:
        self.addCleanup(setattr, txaio.config, "loop", getattr(txaio.config, "loop", None))
        txaio.config.loop = reactor
        noise = random.Random(3)
        self.recording = stamp(
            b"".join(struct.pack("<h", noise.randint(-900, 900)) for _ in range(4 * RATE_HZ)), SPEAKER
        )
        self.script: Script = script_of_text("en-US", TEXT, 4.0)
        self.simulator = Simulator(reactor, {SPEAKER: self.script}, **how)
        await self.simulator.start()
        self.addCleanup(self.simulator.stop)

    def url(self, keys: SimulatedCredentials | None = None, **parameters: str) -> str:
        keys = keys or self.simulator.credentials
        query = {
            "language-code": "en-US",
            "media-encoding": "pcm",
            "sample-rate": str(RATE_HZ),
            "session-id": str(uuid.uuid4()),
        } | {name.replace("_", "-"): value for name, value in parameters.items()}
        request = AWSRequest("GET", f"{self.simulator.endpoint}/stream-transcription-websocket?{urlencode(query)}")
        credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
        SigV4QueryAuth(credentials, "transcribe", self.simulator.region, expires=300).add_auth(request)
        return str(request.url).replace("https:", "wss:")

    async def connect(self, url: str) -> Client:
        """Opened, or refused."""
        factory = WebSocketClientFactory(url, reactor=reactor)
        factory.protocol = Client
        authority = ssl.Certificate.loadPEM(Path(self.simulator.ca_file).read_bytes())
        options = ssl.optionsForClientTLS("localhost", trustRoot=authority)
        endpoint = wrapClientTLS(options, HostnameEndpoint(reactor, b"127.0.0.1", self.simulator.port))
        client: Client = await endpoint.connect(factory)
        await client.opened
        return client

    def speak(self, client: Client, audio: bytes, step: int = 3200) -> None:
        for at in range(0, len(audio), step):
            client.sendMessage(client_message(audio[at : at + step]), isBinary=True)


class DictationTests(LoopbackCase):
    """A whole stream."""

    async def test_words_and_audio(self) -> None:
        """Partials, finals, every word once; the recording is heard whole."""
        await self.begin()
        client = await self.connect(self.url())
        self.speak(client, self.recording)
        client.sendMessage(client_message(b""), isBinary=True)
        await client.gone
        finals = [result for result in client.results if not result["IsPartial"]]
        words = [
            item["Content"]
            for result in finals
            for item in result["Alternatives"][0]["Items"]
            if item["Type"] == "pronunciation"
        ]
        self.assertEqual(words, self.script.texts)
        self.assertGreater(len(client.results), len(finals) + 5)
        self.assertEqual(client.close_code, 1000)
        heard = self.simulator.heard_by(SPEAKER)
        self.assertEqual((heard.recording == self.recording, heard.replayed_s, heard.missing), (True, 0, ()))
        self.assertEqual(self.simulator.legs[0].sha256, hashlib.sha256(self.recording).hexdigest())
        self.assertEqual(self.simulator.legs[0].ended_by, "end")


class Http2Tests(LoopbackCase):
    """The other protocol on the same port."""

    async def test_the_vendors_client(self) -> None:
        """ALPN chooses; what is heard and said is the same."""
        await self.begin()
        keys = self.simulator.credentials
        settings = {"AWS_ACCESS_KEY_ID": keys.access_key_id, "AWS_SECRET_ACCESS_KEY": keys.secret_access_key}
        command = ["-m", sdk_client.__name__, self.simulator.endpoint, self.simulator.ca_file, "6400"]
        root = str(Path(sdk_client.__file__).parents[2])
        out, err, _ = await getProcessOutputAndValue(
            sys.executable, command, {**os.environ, **settings, "PYTHONPATH": root}, stdinBytes=self.recording
        )
        told = [json.loads(line) for line in out.splitlines()]
        text = " ".join(one["text"] for one in told if one.get("isPartial") is False)
        self.assertEqual([word.rstrip(".") for word in text.split()], self.script.texts, err.decode())
        self.assertEqual(told[-1], {"ended": True})
        self.assertEqual(self.simulator.heard_by(SPEAKER).recording, self.recording)
        self.assertEqual([leg.transport for leg in self.simulator.legs], ["http2"])


class SignatureTests(LoopbackCase):
    """What is not authentic is answered with 403 and a word why."""

    async def assert_refused(self, url: str, exception_type: str) -> None:
        client = await self.connect(url)
        self.assertTrue(client.http_response.startswith(b"HTTP/1.1 403 "), client.http_response)
        self.assertIn(f"x-amzn-ErrorType: {exception_type}\r\n".encode(), client.http_response)
        await client.gone

    async def test_unknown_key(self) -> None:
        """Nobody has heard of it."""
        await self.begin()
        await self.assert_refused(self.url(SimulatedCredentials()), "UnrecognizedClientException")

    async def test_wrong_secret(self) -> None:
        """The key is known."""
        await self.begin()
        keys = SimulatedCredentials(access_key_id=self.simulator.credentials.access_key_id)
        await self.assert_refused(self.url(keys), "InvalidSignatureException")
        self.assertEqual((len(self.simulator.legs), len(self.simulator.service.bad_signatures)), (0, 1))

    async def test_changed_parameter(self) -> None:
        """All of the query is signed."""
        await self.begin()
        await self.assert_refused(self.url().replace("en-US", "fr-CA"), "InvalidSignatureException")

    async def test_session_token(self) -> None:
        """It is part of what is signed, and must be the right one."""
        await self.begin(credentials=SimulatedCredentials(session_token="t/o+k=en"))
        client = await self.connect(self.url())
        client.sendClose(1000)
        await client.gone
        self.assertEqual(len(self.simulator.legs), 1)
        good = self.simulator.credentials
        without = SimulatedCredentials(good.access_key_id, good.secret_access_key)
        await self.assert_refused(self.url(without), "UnrecognizedClientException")

    async def test_expired_credentials(self) -> None:
        """New ones are good."""
        await self.begin()
        fresh = SimulatedCredentials()
        self.simulator.service.expire(self.simulator.credentials.access_key_id)
        self.simulator.service.admit(fresh)
        await self.assert_refused(self.url(), "ExpiredTokenException")
        client = await self.connect(self.url(fresh))
        client.sendClose(1000)
        await client.gone
        await self.simulator.stop()
        self.assertEqual([leg.ended_by for leg in self.simulator.legs], ["ExpiredTokenException", "client"])


class TroubleTests(LoopbackCase):
    """Faults as a client sees them on the wire."""

    async def failing(self, fault: LegFault) -> Client:
        """A client that speaks until the leg has failed."""
        await self.begin(plan=in_order(fault))
        client = await self.connect(self.url())
        self.speak(client, self.recording)
        await client.gone
        return client

    async def test_exception(self) -> None:
        """A message with its type, then a close in good order."""
        client = await self.failing(
            LegFault(FaultKind.EXCEPTION, at_s=1.0, exception_type="ServiceUnavailableException")
        )
        self.assertEqual((client.exceptions, client.close_code), (["ServiceUnavailableException"], 1000))
        self.assertIn("Message", client.messages[-1][1])

    async def test_clean_close(self) -> None:
        """Without one."""
        client = await self.failing(LegFault(FaultKind.CLEAN_CLOSE, at_s=1.0))
        self.assertEqual((client.exceptions, client.close_code), ([], 1000))

    async def test_reset(self) -> None:
        """Neither a close frame nor TLS's own good-bye."""
        client = await self.failing(LegFault(FaultKind.RESET, at_s=1.0))
        self.assertIn(client.close_code, (None, 1006))
        self.assertIsInstance(client.lost.value, ConnectionLost)

    async def test_slow_read(self) -> None:
        """All comes in the end."""
        await self.begin(plan=in_order(LegFault(FaultKind.SLOW_READ, at_s=1.0, for_s=0.1)))
        client = await self.connect(self.url())
        self.speak(client, self.recording)
        client.sendMessage(client_message(b""), isBinary=True)
        await client.gone
        self.assertEqual((client.close_code, self.simulator.legs[0].faults), (1000, ["SLOW_READ"]))
        self.assertEqual(self.simulator.heard_by(SPEAKER).recording, self.recording)

    async def test_starvation(self) -> None:
        """As the service says it."""
        await self.begin(limits=SimulatorLimits(starves_after_s=0.05))
        client = await self.connect(self.url())
        await client.gone
        self.assertEqual(client.exceptions, ["BadRequestException"])
        self.assertIn("no new audio was received for", client.messages[0][1]["Message"])

    async def test_bad_parameter(self) -> None:
        """After the upgrade."""
        await self.begin()
        client = await self.connect(self.url(media_encoding="mp3"))
        await client.gone
        self.assertEqual((client.exceptions, client.close_code), (["BadRequestException"], 1000))

    async def test_throttled_at_the_door(self) -> None:
        """By status."""
        await self.begin(plan=in_order(LegFault(FaultKind.THROTTLE_AT_OPEN, as_http=True)))
        client = await self.connect(self.url())
        self.assertTrue(client.http_response.startswith(b"HTTP/1.1 429 LimitExceededException\r\n"))

    async def test_a_path_that_is_not_there(self) -> None:
        """404."""
        await self.begin()
        client = await self.connect(self.url().replace("-websocket", "-websockets"))
        self.assertTrue(client.http_response.startswith(b"HTTP/1.1 404 "))

    async def test_a_broken_message(self) -> None:
        """Is told and reported."""
        await self.begin()
        client = await self.connect(self.url())
        client.sendMessage(client_message(b"audio!")[:-1] + b"x", isBinary=True)
        await client.gone
        self.assertEqual(client.exceptions, ["BadRequestException"])
        self.assertEqual(self.simulator.report()["badSignatures"], ["The message cannot be read: ChecksumMismatch"])

    async def test_another_event(self) -> None:
        """Only audio may be sent."""
        await self.begin()
        client = await self.connect(self.url())
        client.sendMessage(client_message(b"{}", "ConfigurationEvent"), isBinary=True)
        await client.gone
        self.assertEqual(client.exceptions, ["BadRequestException"])

    async def test_an_outage(self) -> None:
        """What is open is reset, and who comes does not even get as far as TLS."""
        await self.begin(plan=for_speakers(lambda speaker, leg: LegFault(FaultKind.OUTAGE, for_s=60.0)))
        client = await self.connect(self.url())
        self.speak(client, self.recording)
        await client.gone
        again = await self.connect(self.url())
        self.assertTrue(again.gone.called)
        self.assertEqual(len(self.simulator.legs), 1)

    async def test_an_outage_from_outside(self) -> None:
        """Also of connections that have not spoken, and only for a while."""
        await self.begin()
        client = await self.connect(self.url())
        self.simulator.begin_outage(60.0)
        await client.gone
        refused = await self.connect(self.url())
        self.assertTrue(refused.gone.called)
        self.simulator.begin_outage(0.0)
        client = await self.connect(self.url())
        self.assertFalse(client.gone.called)
        client.sendClose(1000)
        await client.gone

    async def test_the_report(self) -> None:
        """Is JSON, and holds neither words nor keys."""
        await self.begin()
        client = await self.connect(self.url())
        self.speak(client, self.recording)
        client.sendMessage(client_message(b""), isBinary=True)
        await client.gone
        text = json.dumps(self.simulator.report())
        self.assertIn(hashlib.sha256(self.recording).hexdigest(), text)
        self.assertNotIn("patient", text)
        self.assertNotIn(self.simulator.credentials.access_key_id, text)

    async def test_stop_with_streams_open(self) -> None:
        """They are reset; stopping twice does no harm."""
        await self.begin()
        client = await self.connect(self.url())
        await self.simulator.stop()
        await client.gone
        self.assertFalse(Path(self.simulator.ca_file).exists())
        self.assertRaises(RuntimeError, getattr, self.simulator, "endpoint")
