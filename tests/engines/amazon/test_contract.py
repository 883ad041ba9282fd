"""Amazon's legs over each transport, against the simulated service: what every engine keeps to, and how they fail."""

from __future__ import annotations

import hashlib
import socket
from typing import Any

import txaio  # type: ignore[import-untyped]
from botocore.credentials import Credentials as StaticKeys  # type: ignore[import-untyped]
from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from alie.engines.amazon.connection import SEND_BUFFER_BYTES
from alie.engines.amazon.credentials import Credentials
from alie.engines.amazon.engine import AmazonEngine
from alie.engines.amazon.options import AmazonOptions
from alie.engines.amazon.sdk import SdkTransport
from alie.engines.amazon.transport import Transport
from alie.engines.amazon.websocket import WebSocketTransport
from alie.errors import AlieError
from alie.faults import Fault, fault_of
from alie.simulator.certificates import ThrowAwayAuthority
from alie.simulator.faults import FaultKind, LegFault, in_order
from alie.simulator.limits import SimulatorLimits
from alie.simulator.script import script_of
from alie.simulator.service import SimulatedCredentials
from alie.simulator.simulator import Simulator
from tests.engines.test_contract import AUDIO, SPEAKER, EngineContract

SCRIPT = script_of("fr-CA", [(0.2, 1.4, "Le patient dort bien."), (1.8, 3.6, "Aucune douleur au genou gauche.")])


class AmazonContract(EngineContract):
    """Amazon's legs against the simulated service. A subclass gives `make_transport` and has `transport_name`."""

    transport_name = "websocket"
    plan: Any = None
    limits = SimulatorLimits()
    simulator: Simulator | None = None

    def make_transport(self, options: AmazonOptions, credentials: Credentials) -> Transport:
        """The transport to be tested."""
        raise NotImplementedError

    async def make(self) -> AmazonEngine:
        if self.simulator is None:
            await self.start_simulator()
        assert self.simulator is not None
        options = AmazonOptions(
            endpoint=self.simulator.endpoint, ca_file=self.simulator.ca_file, transport=self.transport_name
        )
        return self.make_with(options)

    async def start_simulator(self) -> None:
        self.addCleanup(setattr, txaio.config, "loop", getattr(txaio.config, "loop", None))  # type: ignore[attr-defined]
        txaio.config.loop = reactor
        self.simulator = Simulator(reactor, {SPEAKER: SCRIPT}, plan=self.plan, limits=self.limits)
        await self.simulator.start()
        self.addCleanup(self.simulator.stop)  # type: ignore[attr-defined]
        self.keys = self.simulator.credentials
        self.asked = 0

    def make_with(self, options: AmazonOptions) -> AmazonEngine:
        on: Any = reactor
        credentials = Credentials(on, self.resolve)
        return AmazonEngine(options, self.make_transport(options, credentials), credentials, seats=2)

    def resolve(self) -> Any:
        """Called in a worker thread."""
        self.asked += 1
        return StaticKeys(self.keys.access_key_id, self.keys.secret_access_key, self.keys.session_token)

    async def fail_by(self: Any, *faults: LegFault, limits: SimulatorLimits | None = None) -> AlieError:
        """What a stream fails with."""
        self.plan = in_order(*faults)
        self.limits = limits or self.limits
        engine = await self.begin()
        stream, listener = self.open(engine)
        listener.opened.addCallback(lambda _: [stream.feed(AUDIO[at : at + 16000]) for at in range(0, 64000, 16000)])
        await listener.over
        self.assertEqual(engine.streams, set())
        return listener.failure  # type: ignore[no-any-return]

    # -- what is sent and heard -----------------------------------------------------------------------------------

    async def test_the_service_gets_the_audio_and_every_word_comes_once(self: Any) -> None:
        listener = await self.dictate(await self.begin(), wants_words=True, wants_speakers=True)
        (leg,) = self.simulator.legs
        self.assertEqual((leg.sha256, leg.ended_by), (hashlib.sha256(AUDIO).hexdigest(), "end"))
        words = [word for result in listener.finals for word in result.words]
        self.assertEqual([word.text for word in words if not word.is_punctuation], SCRIPT.texts)
        self.assertEqual({word.speaker for word in words}, {"spk_0"})
        self.assertEqual(self.simulator.service.bad_signatures, [])
        self.assertEqual(leg.transport, {"websocket": "websocket", "sdk": "http2"}[self.transport_name])

    async def test_a_session_token_is_signed_too(self: Any) -> None:
        await self.start_simulator()
        self.keys = SimulatedCredentials(session_token="t/o+k=en")
        self.simulator.service.admit(self.keys)
        listener = await self.dictate(await self.begin())
        self.assertEqual((listener.names[-1], self.simulator.service.bad_signatures), ("finished", []))

    async def test_an_identified_language_is_told(self: Any) -> None:
        listener = await self.dictate(await self.begin(), language_code="auto")
        self.assertEqual({result.language_code for result in listener.finals}, {"fr-CA"})

    async def test_audio_of_more_than_a_second_is_taken(self: Any) -> None:
        stream, listener = self.open(await self.begin())
        await listener.opened
        stream.feed(AUDIO)
        stream.finish()
        await listener.over
        (leg,) = self.simulator.legs
        self.assertEqual((leg.sha256, leg.largest_event_bytes), (hashlib.sha256(AUDIO).hexdigest(), 32000))
        self.assertEqual(listener.names[-1], "finished")

    async def test_a_service_that_reads_slowly_is_waited_for(self: Any) -> None:
        self.plan = in_order(LegFault(FaultKind.SLOW_READ, at_s=0.1, for_s=0.3))
        stream, listener = self.open(await self.begin())
        await listener.opened
        for _ in range(40 * 2):
            stream.feed(bytes(16000))
        self.assertGreater(stream.backlog_s, 2.0)
        stream.finish()
        await listener.over
        told = [value for name, value in listener.events if name == "backlog"]
        self.assertEqual(told, [True, False])
        (leg,) = self.simulator.legs
        self.assertEqual((leg.byte_count, listener.names[-1]), (16000 * 80, "finished"))

    # -- how it fails -----------------------------------------------------------------------------------------------

    async def test_exceptions(self: Any) -> None:
        error = await self.fail_by(LegFault(FaultKind.EXCEPTION, 0.5))
        self.assertEqual((error.fault, error.detail), (Fault.SERVICE, "InternalFailureException"))

    async def test_a_conflict(self: Any) -> None:
        self.assertIs(fault_of(await self.fail_by(LegFault(FaultKind.CONFLICT, 0.5))), Fault.CONFLICT)

    async def test_a_reset(self: Any) -> None:
        self.assertIs(fault_of(await self.fail_by(LegFault(FaultKind.RESET, 0.5))), Fault.CONNECTION)

    async def test_a_close_that_nobody_asked_for(self: Any) -> None:
        self.assertIs(fault_of(await self.fail_by(LegFault(FaultKind.CLEAN_CLOSE, 0.5))), Fault.CLOSED)

    async def test_throttling_before_and_after_the_upgrade(self: Any) -> None:
        fault = LegFault(FaultKind.THROTTLE_AT_OPEN, as_http=self.transport_name == "sdk")
        error = await self.fail_by(fault)
        self.assertEqual((error.fault, error.detail), (Fault.LIMIT, "LimitExceededException"))

    async def test_throttling_by_the_front_door(self: Any) -> None:
        self.assertIs(fault_of(await self.fail_by(LegFault(FaultKind.THROTTLE_AT_OPEN, as_http=True))), Fault.LIMIT)

    async def test_starving(self: Any) -> None:
        self.assertIs(fault_of(await self.fail_by(limits=SimulatorLimits(starves_after_s=0.1))), Fault.STARVED)

    async def test_the_longest_stream(self: Any) -> None:
        self.assertIs(fault_of(await self.fail_by(limits=SimulatorLimits(longest_stream_s=0.1))), Fault.LIMIT)

    async def test_keys_that_have_expired_are_replaced_for_the_next_stream(self: Any) -> None:
        error = await self.fail_by(LegFault(FaultKind.EXPIRED_CREDENTIALS))
        self.assertEqual((error.fault, error.detail), (Fault.CREDENTIALS, "ExpiredTokenException"))

    async def test_a_stream_after_that_has_fresh_ones(self: Any) -> None:
        engine = await self.begin()
        self.assertEqual((await self.dictate(engine)).names[-1], "finished")
        self.simulator.service.expire(self.keys.access_key_id)
        self.keys = SimulatedCredentials()
        self.simulator.service.admit(self.keys)
        _, listener = self.open(engine)
        await listener.over
        self.assertIs(fault_of(listener.failure), Fault.CREDENTIALS)
        self.assertEqual((await self.dictate(engine)).names[-1], "finished")
        self.assertEqual(self.asked, 2)

    async def test_no_keys_at_all(self: Any) -> None:
        engine = await self.begin()
        await self.dictate(engine)
        self.resolve = lambda: None
        (bare := await self.make()).start()
        self.addCleanup(bare.stop)
        _, listener = self.open(bare)
        await listener.over
        self.assertIs(fault_of(listener.failure), Fault.CREDENTIALS)
        self.assertEqual(len(bare.problems()), 1)


class WebSocketContract(AmazonContract, TestCase):
    """The default transport."""

    transport_name = "websocket"

    def make_transport(self, options: AmazonOptions, credentials: Credentials) -> Transport:
        return WebSocketTransport(reactor, options, credentials)

    async def test_audio_waits_for_nothing_and_little_of_it_waits_in_the_system(self) -> None:
        engine: Any = await self.begin()
        _, listener = self.open(engine)
        await listener.opened
        (connection,) = engine.transport.connections
        handle = connection.transport.socket
        self.assertEqual(handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), 1)
        self.assertLessEqual(handle.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF), 2 * SEND_BUFFER_BYTES)

    async def test_an_authority_that_is_not_trusted(self) -> None:
        await self.start_simulator()
        assert self.simulator is not None
        path = self.mktemp()
        with open(path, "wb") as file:
            file.write(ThrowAwayAuthority().pem)
        engine = self.make_with(AmazonOptions(endpoint=self.simulator.endpoint, ca_file=path))
        engine.start()
        self.addCleanup(engine.stop)
        _, listener = self.open(engine)
        await listener.over
        error: Any = listener.failure
        self.assertIs(error.fault, Fault.CONNECTION)
        self.assertIn("certificate verify failed", error.detail)

    async def test_a_certificate_for_another_name(self) -> None:
        await self.start_simulator()
        assert self.simulator is not None
        endpoint = f"https://127.0.0.2:{self.simulator.port}"
        engine = self.make_with(AmazonOptions(endpoint=endpoint, ca_file=self.simulator.ca_file))
        engine.start()
        self.addCleanup(engine.stop)
        _, listener = self.open(engine)
        await listener.over
        self.assertIs(fault_of(listener.failure), Fault.CONNECTION)


class SdkContract(AmazonContract, TestCase):
    """The vendor's SDK."""

    transport_name = "sdk"

    def make_transport(self, options: AmazonOptions, credentials: Credentials) -> Transport:
        on: Any = reactor
        return SdkTransport(on, options, credentials)
