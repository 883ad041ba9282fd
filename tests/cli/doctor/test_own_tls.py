"""Tests of alie.cli.doctor.own_tls: the files of the daemon's own certificate."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.config.reading import Given
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.own_tls import look
from alie.cli.doctor.place import place
from tests.cli.files import folder_for
from tests.support.authority import HOUR, Authority, Issued, now


class OwnTlsTests(SynchronousTestCase):
    """Certificates of an authority of the test's own."""

    def setUp(self) -> None:
        self.folder = folder_for(self)
        self.authority = Authority()

    def found(self, issued: Issued, **settings: str) -> list[Finding]:
        """What is found of these files."""
        chain, key = issued.write(self.folder)
        values = {"PORT": "0", "ALIE_TLS_PORT": "0", "ALIE_TLS_CERT": str(chain), "ALIE_TLS_KEY": str(key)}
        return list(look(place(Given({**values, "PUBLIC_WS_URL": "wss://api.alie.app/ws", **settings}))))

    def test_good(self) -> None:
        """For how long, and for which names."""
        issued = self.authority.issue("api.alie.app", until=now() + 24 * 80 * HOUR)
        found = self.found(issued)
        self.assertEqual([one.state for one in found], [OK, OK])
        self.assertIn("80.0 more days", found[0].detail)
        self.assertIn("api.alie.app", found[1].detail)

    def test_expired(self) -> None:
        """Is a problem, whoever serves it."""
        issued = self.authority.issue("api.alie.app", since=now() - 99 * HOUR, until=now() - HOUR)
        self.assertEqual([one.state for one in self.found(issued)], [PROBLEM, OK])

    def test_for_another_name(self) -> None:
        """Is told as the daemon tells it."""
        issued = self.authority.issue("other.example", until=now() + 24 * 80 * HOUR)
        found = self.found(issued)
        self.assertEqual([one.state for one in found], [OK, OK, NOTE])
        self.assertIn("is not for api.alie.app", found[2].detail)

    def test_no_such_file(self) -> None:
        """Is a problem, and the rest cannot be seen."""
        issued = self.authority.issue("api.alie.app")
        found = self.found(issued, ALIE_TLS_KEY="/nowhere")
        self.assertEqual([one.state for one in found], [PROBLEM])
        self.assertIn("/nowhere cannot be read", found[0].detail)

    def test_none(self) -> None:
        """A proxy does it."""
        self.assertEqual([one.state for one in look(place(Given({"PORT": "0"})))], [NOT_LOOKED_AT])
