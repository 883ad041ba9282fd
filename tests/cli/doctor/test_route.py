"""Tests of alie.cli.doctor.route: what a status means, and who answers to REST (proxies: production/test_doctor.py)."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.address import parse
from alie.cli.config.reading import Given
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.place import Place, place
from alie.cli.doctor.route import REFUSED, look, refused, rest
from alie.config import Config
from tests.cli.doctor.answering import Answering

URL = "wss://api.alie.app/ws"


def alive(uptime_s: float) -> tuple[int, bytes]:
    """As `/healthz` answers."""
    return 200, b'{"status":"ok","uptime":%f}' % uptime_s


class RefusedTests(SynchronousTestCase):
    """The upgrade was answered by a status."""

    def test_each(self) -> None:
        """Is told with its number and with what to do; also one that nobody has thought of."""
        for status in (*REFUSED, 418):
            found = refused(URL, status)
            self.assertEqual(found.state, PROBLEM)
            self.assertIn(f"({status})", found.detail)
            self.assertTrue(found.advice)

    def test_no_address(self) -> None:
        """Nothing is looked at."""
        self.assertEqual([found.state for found in look(Place(Given({}), Config()))], [NOT_LOOKED_AT])


class RestTests(SynchronousTestCase):
    """The public address, and the daemon of this machine: two servers on loopback."""

    def found(self, public: dict[str, tuple[int, bytes]], **settings: str) -> list[Finding]:
        """What is found where the daemon has run for 100 s."""
        with Answering({"/healthz": alive(100.0)}) as daemon, Answering(public) as proxy:
            port = daemon.url.rsplit(":", 1)[1]
            return list(rest(place(Given({"PORT": port, **settings})), parse(proxy.url)))

    def test_the_daemon(self) -> None:
        """Has run for as long."""
        self.assertEqual([one.state for one in self.found({"/healthz": alive(100.2)})], [OK])

    def test_another_daemon(self) -> None:
        """Has not; of several instances any may answer."""
        self.assertEqual([one.state for one in self.found({"/healthz": alive(1e6)})], [NOTE])
        self.assertEqual([one.state for one in self.found({"/healthz": alive(1e6)}, ALIE_INSTANCE="a")], [OK])

    def test_somebody_else(self) -> None:
        """Does not answer as Alie does."""
        for answer in ((404, b""), (200, b"ok"), (200, b"[]"), (200, b'{"uptime":"long"}')):
            self.assertEqual([one.state for one in self.found({"/healthz": answer})], [NOTE], answer)

    def test_metrics(self) -> None:
        """Are nobody's but the operator's."""
        found = self.found({"/healthz": alive(100.0), "/metrics": (200, b"alie_sessions 0")})
        self.assertEqual([one.state for one in found], [OK, PROBLEM])

    def test_nobody(self) -> None:
        """Is told."""
        with Answering({}) as proxy:
            address = parse(proxy.url)
        (found,) = rest(place(Given({"PORT": "0"})), address)
        self.assertEqual(found.state, PROBLEM)
