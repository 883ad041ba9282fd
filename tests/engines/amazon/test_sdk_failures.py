"""How streams of the sdk transport fail, against the simulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import fail, succeed
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater

from alie.faults import Fault, StreamFailed
from alie.simulator.certificates import ThrowAwayAuthority
from alie.simulator.faults import FaultKind, LegFault, in_order
from alie.simulator.limits import SimulatorLimits
from tests.engines.amazon.sdk_streams import (
    FRAME_BYTES,
    Keys,
    SimulatorTestCase,
    recording,
)


class FailureTests(SimulatorTestCase):
    """Whatever goes wrong has its class, and is told once, as the last thing."""

    async def fail_with(self, fault: LegFault, expected: Fault) -> None:
        await self.begin(plan=in_order(fault))
        wire = self.open()
        self.speak(wire, recording())
        await self.listener.over
        self.assertEqual((self.listener.fault, self.listener.names[-1]), (expected, "failed"))
        wire.send(bytes(FRAME_BYTES))
        wire.abort()

    async def test_exception(self) -> None:
        """In mid-stream."""
        fault = LegFault(FaultKind.EXCEPTION, 1.0, exception_type="ServiceUnavailableException")
        await self.fail_with(fault, Fault.SERVICE)
        assert self.listener.error is not None
        self.assertEqual(self.listener.error.detail, "ServiceUnavailableException")

    async def test_conflict(self) -> None:
        """Another stream has taken the session id."""
        await self.fail_with(LegFault(FaultKind.CONFLICT, 1.0), Fault.CONFLICT)

    async def test_reset(self) -> None:
        """The SDK itself takes this for a good end."""
        await self.fail_with(LegFault(FaultKind.RESET, 1.0), Fault.CONNECTION)

    async def test_clean_close(self) -> None:
        """A good end that nobody asked for."""
        await self.fail_with(LegFault(FaultKind.CLEAN_CLOSE, 1.0), Fault.CLOSED)

    async def test_throttled(self) -> None:
        """As an event of an open stream."""
        await self.fail_with(LegFault(FaultKind.THROTTLE_AT_OPEN), Fault.LIMIT)

    async def test_throttled_by_http(self) -> None:
        """As an HTTP status; the stream has never been open."""
        await self.fail_with(LegFault(FaultKind.THROTTLE_AT_OPEN, as_http=True), Fault.LIMIT)
        self.assertNotIn("open", self.listener.names)

    async def test_expired(self) -> None:
        """Keys that were good once."""
        await self.fail_with(LegFault(FaultKind.EXPIRED_CREDENTIALS), Fault.CREDENTIALS)
        assert self.listener.error is not None
        self.assertEqual(self.listener.error.detail, "ExpiredTokenException")

    async def test_starved(self) -> None:
        """No audio for too long."""
        await self.begin(limits=SimulatorLimits(starves_after_s=0.05))
        self.open()
        await self.listener.over
        self.assertEqual(self.listener.fault, Fault.STARVED)

    async def test_oversize(self) -> None:
        """More than a second in one frame."""
        await self.begin()
        self.open().send(recording(1.5))
        await self.listener.over
        self.assertEqual(self.listener.fault, Fault.OVERSIZE)

    async def test_parameter(self) -> None:
        """What the service cannot take."""
        await self.begin()
        self.open(sample_rate="4000")
        await self.listener.over
        self.assertEqual(self.listener.fault, Fault.PARAMETER)

    async def test_lost_before_the_answer(self) -> None:
        """The SDK itself would wait for ever."""
        await self.begin(plan=in_order(LegFault(FaultKind.SLOW_OPEN, for_s=60.0)))
        self.open()
        while not self.simulator.legs:
            await deferLater(reactor, 0.01)
        await self.simulator.stop()
        await self.listener.over
        self.assertEqual((self.listener.names, self.listener.fault), (["failed"], Fault.CONNECTION))

    async def test_wrong_secret(self) -> None:
        """The signature says so; whoever gave the keys is told."""
        await self.begin(keys=lambda: succeed(Keys(self.simulator.credentials.access_key_id, "wrong", None)))
        self.open()
        await self.listener.over
        self.assertEqual(self.listener.fault, Fault.CREDENTIALS)
        self.assertEqual([keys.secret_key for keys in self.keys.refused], ["wrong"])

    async def test_no_keys(self) -> None:
        """There is nothing to sign with; the provider's own word on it is kept."""
        known = StreamFailed(Fault.CREDENTIALS, "NoCredentials")
        await self.begin(keys=lambda: fail(known))
        self.open()
        self.assertEqual(self.listener.names, [], "open is still running")
        await self.listener.over
        self.assertIs(self.listener.error, known)

    async def test_provider_breaks(self) -> None:
        """Without a word of what it held."""
        await self.begin(keys=lambda: fail(ValueError("secret")))
        self.open()
        await self.listener.over
        assert self.listener.error is not None
        self.assertEqual((self.listener.fault, self.listener.error.detail), (Fault.CREDENTIALS, "ValueError"))


class ConnectionTests(SimulatorTestCase):
    """Connections that never come about."""

    open_timeout_s = 1.0

    async def test_untrusted(self) -> None:
        """Another authority than the one that is trusted."""
        await self.begin()
        await self.expect_no_connection(self.simulator.endpoint, self.keep(ThrowAwayAuthority()))
        self.assertEqual(self.simulator.legs, [])

    async def test_nobody_listens(self) -> None:
        """Refused."""
        await self.begin()
        await self.simulator.stop()
        await self.expect_no_connection("https://localhost:1", self.keep(ThrowAwayAuthority()))

    async def test_no_http2(self) -> None:
        """The other side speaks something else."""
        await self.begin()
        authority = ThrowAwayAuthority()
        name = self.keep(authority)
        listening: Any = reactor
        port = listening.listenSSL(0, Factory.forProtocol(Protocol), authority.options([b"x"]), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        await self.expect_no_connection(f"https://localhost:{port.getHost().port}", name)

    def keep(self, authority: ThrowAwayAuthority) -> str:
        path = Path(self.mktemp()).absolute()
        path.write_bytes(authority.pem)
        return str(path)

    async def expect_no_connection(self, url: str, ca_file: str) -> None:
        self.transport = self.new_transport(lambda: succeed(Keys("a", "b", None)), url, ca_file)
        self.open()
        await self.listener.over
        self.assertEqual((self.listener.names, self.listener.fault), (["failed"], Fault.CONNECTION))
