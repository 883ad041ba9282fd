"""`alie check aws`: whether the service can be reached."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from alie.cli.aws.finding import FAILED, OK, WARNING, Finding
from alie.cli.aws.reaching import addresses, reach
from alie.engines.amazon.options import Address, AmazonOptions
from alie.simulator.certificates import ThrowAwayAuthority


def states(findings: list[Finding]) -> list[str]:
    return [finding.state for finding in findings]


class ReachTests(TestCase):
    """TCP and TLS, on loopback."""

    timeout = 20

    def setUp(self) -> None:
        authority = ThrowAwayAuthority()
        path = Path(self.mktemp()).absolute()
        path.write_bytes(authority.pem)
        self.ca_file = str(path)
        listening: Any = reactor
        options = authority.options([b"http/1.1"])
        port = listening.listenSSL(0, Factory.forProtocol(Protocol), options, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        self.address = Address("localhost", port.getHost().port, is_secure=True)

    async def reach(self, address: Address, is_needed: bool, ca_file: str) -> Finding:
        finding: Finding = await deferToThread(reach, address, is_needed, ca_file)
        return finding

    async def test_trusted(self) -> None:
        """By the file that is given."""
        finding = await self.reach(self.address, True, self.ca_file)
        self.assertEqual((finding.state, finding.advice), (OK, ""))
        self.assertIn("TLSv1", finding.detail)

    async def test_untrusted(self) -> None:
        """By the system's own certificates."""
        finding = await self.reach(self.address, True, "")
        self.assertEqual(finding.state, FAILED)
        self.assertIn("ALIE_TRANSCRIBE_CA_FILE", finding.advice)

    async def test_nobody_listens(self) -> None:
        """The other transport's port is a warning."""
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            address = Address("127.0.0.1", held.getsockname()[1], is_secure=True)
            found = [await self.reach(address, is_needed, "") for is_needed in (True, False)]
        self.assertEqual(states(found), [FAILED, WARNING])
        self.assertIn(f"TCP port {address.port}", found[0].advice)

    async def test_no_such_file(self) -> None:
        """Is told, and is no traceback."""
        finding = await self.reach(self.address, True, "/nonexistent.pem")
        self.assertEqual(finding.state, FAILED)

    def test_addresses(self) -> None:
        """Both transports' ports; one, where the endpoint names it."""
        ports = {address.port: is_needed for address, is_needed in addresses(AmazonOptions()).items()}
        self.assertEqual(ports, {8443: True, 443: False})
        own = addresses(AmazonOptions(endpoint="https://host:9", transport="sdk"))
        self.assertEqual(own, {Address("host", 9, is_secure=True): True})
