"""Tests of alie.simulator.websocket: what is refused, and faults as a client sees them on the wire."""

from __future__ import annotations

from twisted.internet.error import ConnectionLost

from alie.simulator.faults import FaultKind, LegFault, in_order
from alie.simulator.limits import SimulatorLimits
from alie.simulator.service import SimulatedCredentials
from tests.simulator.websocket_client import SPEAKER, Client, LoopbackCase, client_message


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
        await self.assert_refused(self.url().replace("fr-CA", "en-US"), "InvalidSignatureException")

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
