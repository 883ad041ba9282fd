"""The gateway bench's own processes: its service, its baseline, its load. Small, and short."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from botocore.eventstream import EventStreamBuffer
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.ssl import Certificate, optionsForClientTLS
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from alie.engines.amazon.eventstream import encode_audio
from bench.gateway.certificate import write_certificate
from bench.gateway.gateways import GATEWAYS, SERVICE, bare
from bench.gateway.process import Process, ProcessFailed
from bench.gateway.stage import Plan, measure

CORES = os.sched_getaffinity(0)


class Leg(WebSocketClientProtocol):
    """Sends two frames of audio and the end; keeps what comes back."""

    def onOpen(self) -> None:
        for audio in (bytes(8192), bytes(3200), b""):
            self.sendMessage(encode_audio(audio), isBinary=True)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.factory.received.append(payload)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.factory.closed.callback((wasClean, code))


class GatewayBenchTests(TestCase):
    """With real processes."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.certificate, self.key = write_certificate(self.folder)

    def start(self, *command: str) -> Process:
        process = Process.start(reactor, "it", command, bare(self.folder), CORES)
        self.addCleanup(lambda: Deferred.fromCoroutine(process.stop(reactor)))
        return process

    async def test_the_baseline_carries_two_sessions_and_loses_nothing(self) -> None:
        plan = Plan(self.certificate, self.key, warm_up_s=0.2, seconds=0.8)
        row = await measure(reactor, GATEWAYS["node"], 2, plan)
        self.assertIsNone(row.trouble)
        assert row.cost is not None
        self.assertGreater(row.cost.cpu_ms, 0)
        self.assertGreater(row.cost.p50_ms, 0)

    async def test_the_service_answers_audio_on_a_websocket_and_closes_after_the_end(self) -> None:
        service = self.start(*SERVICE, str(self.certificate), str(self.key))
        port = urlsplit((await service.expect(reactor, r"listens on (\S+)", 20.0))[1]).port
        factory: Any = WebSocketClientFactory(f"wss://localhost:{port}/stream-transcription-websocket?x=1")
        factory.protocol, factory.received, factory.closed = Leg, [], Deferred()
        authority = Certificate.loadPEM(self.certificate.read_bytes())
        endpoint = HostnameEndpoint(reactor, "localhost", port)
        await wrapClientTLS(optionsForClientTLS("localhost", authority), endpoint).connect(factory)
        self.assertEqual(await factory.closed, (True, 1000))
        events = EventStreamBuffer()
        events.add_data(b"".join(factory.received))
        results = [json.loads(event.payload)["Transcript"]["Results"][0] for event in events]
        self.assertEqual([result["EndTime"] for result in results], [0.256, 0.356, 0.356])
        self.assertEqual(len({result["ResultId"] for result in results}), 1)
        self.assertEqual([result["IsPartial"] for result in results], [True, True, False])
        self.assertTrue(all(result["Alternatives"][0]["Items"] for result in results))

    async def test_a_process_that_ends_says_its_last_words(self) -> None:
        process = self.start("/bin/sh", "-c", "echo no such file >&2; exit 3")
        with self.assertRaisesRegex(ProcessFailed, "it ended: no such file"):
            await process.expect(reactor, "listens", 20.0)

    async def test_a_process_that_is_silent_is_not_waited_for_for_ever(self) -> None:
        process, clock = self.start("/bin/sh", "-c", "exec sleep 60"), Clock()
        waiting = Deferred.fromCoroutine(process.expect(clock, "listens", 20.0))
        self.assertNoResult(waiting)
        clock.advance(20.0)
        self.assertIn("it was silent for 20 s", str(self.failureResultOf(waiting, ProcessFailed)))

    async def test_what_a_process_said_before_it_was_asked_is_found(self) -> None:
        process = self.start("/bin/sh", "-c", "echo first; echo second; exec sleep 60")
        self.assertEqual((await process.expect(reactor, r"(f\w+)\n", 20.0))[1], "first")
        self.assertEqual((await process.expect(reactor, r"(\w+)\n", 20.0))[1], "second")
        self.assertGreater(process.rss_kb(), 0)
        self.assertGreaterEqual(process.cpu_s(), 0.0)
