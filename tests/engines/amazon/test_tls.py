"""Which authorities are trusted."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.options import AmazonOptions
from alie.engines.amazon.tls import client_tls
from alie.simulator.certificates import ThrowAwayAuthority


class Authorities(SynchronousTestCase):
    """The file that an operator names; that it is obeyed is shown in `test_contract`."""

    def test_the_systems_are_the_default(self) -> None:
        self.assertIsNotNone(client_tls(AmazonOptions().address.host))

    def test_a_file_may_hold_several_and_other_text(self) -> None:
        path = Path(self.mktemp())
        path.write_bytes(b"words\n" + ThrowAwayAuthority().pem + b"words\n" + ThrowAwayAuthority().pem)
        self.assertIsNotNone(client_tls("localhost", str(path)))

    def test_a_file_that_is_not_there(self) -> None:
        with self.assertRaises(ValueError) as caught:
            client_tls("localhost", "/nowhere/ca.pem")
        self.assertIn("/nowhere/ca.pem cannot be read (FileNotFoundError)", str(caught.exception))

    def test_a_file_with_something_else(self) -> None:
        path = Path(self.mktemp())
        for text, sentence in (
            (b"", "no certificate"),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
        ):
            path.write_bytes(text)
            with self.assertRaises(ValueError) as caught:
                client_tls("localhost", str(path))
            self.assertIn(sentence, str(caught.exception))
