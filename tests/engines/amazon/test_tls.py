"""Which authorities are trusted, and what is verified."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from alie.engines.amazon.tls import client_context
from alie.simulator.certificates import ThrowAwayAuthority
from tests.tls.tls_end import AUTHORITY, TlsCase


class Authorities(TlsCase):
    """The file that an operator names; that it is obeyed is shown in `test_contract`."""

    def test_the_systems_are_the_default(self) -> None:
        reference = ssl.create_default_context()
        self.assertEqual(client_context().cert_store_stats(), reference.cert_store_stats())

    def test_a_file_may_hold_several_and_other_text(self) -> None:
        context = client_context(self.trusting(ThrowAwayAuthority(), ThrowAwayAuthority()))
        self.assertEqual(context.cert_store_stats()["x509_ca"], 2)

    def test_a_file_that_is_not_there(self) -> None:
        with self.assertRaises(ValueError) as caught:
            client_context("/nowhere/ca.pem")
        self.assertEqual(str(caught.exception), "The authorities in /nowhere/ca.pem cannot be read (FileNotFoundError)")

    def test_a_file_with_something_else(self) -> None:
        path = Path(self.mktemp())
        damaged = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        for text, sentence in (
            (b"", "no certificate"),
            (damaged, "cannot be read"),
            (AUTHORITY.pem + damaged, "cannot be read"),
        ):
            path.write_bytes(text)
            with self.assertRaises(ValueError) as caught:
                client_context(str(path))
            self.assertIn(sentence, str(caught.exception))

    def test_what_is_verified(self) -> None:
        context = client_context()
        self.assertTrue(context.check_hostname)
        self.assertIs(context.verify_mode, ssl.CERT_REQUIRED)
        self.assertIs(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        self.assertFalse(context.hostname_checks_common_name)

    def test_no_keys_are_written(self) -> None:
        path = self.mktemp()
        self.patch(os, "environ", {**os.environ, "SSLKEYLOGFILE": path})
        self.assertIsNone(client_context().keylog_filename)
