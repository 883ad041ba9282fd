"""Tests of alie.audit.keys: made once, kept from others, each signature for one purpose."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twisted.trial.unittest import SynchronousTestCase

from alie.audit.errors import AuditError
from alie.audit.keys import SigningKey, load_for_command, load_or_make, read_key, read_public
from tests.cli.files import folder_for


class KeyFileTests(SynchronousTestCase):
    """The key in its file."""

    def test_made_on_first_use_and_kept(self) -> None:
        folder = folder_for(self) / "state"
        key = load_or_make(folder, {})
        self.assertEqual(load_or_make(folder, {}).public.id, key.public.id)
        self.assertEqual(read_public(folder).id, key.public.id)
        self.assertEqual(stat.S_IMODE((folder / "audit.key").stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        self.assertEqual(sorted(path.name for path in folder.iterdir()), ["audit.key", "audit.pub"])

    def test_readable_by_others(self) -> None:
        folder = folder_for(self)
        load_or_make(folder, {})
        for mode in (0o640, 0o604, 0o620, 0o666):
            (folder / "audit.key").chmod(mode)
            error = self.assertRaises(AuditError, load_or_make, folder, {})
            self.assertIn("chmod 600", str(error))

    def test_no_key_at_all(self) -> None:
        folder = folder_for(self)
        other = ec.generate_private_key(ec.SECP256R1())
        pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for content in (b"", b"hello", pem, SigningKey.generate().pem()[:60]):
            _write(folder / "audit.key", content)
            error = self.assertRaises(AuditError, load_or_make, folder, {})
            self.assertIn("audit.key is no", str(error))
        for content in (b"", b"hello", SigningKey.generate().pem()):
            (folder / "audit.pub").write_bytes(content)
            self.assertRaises(AuditError, read_public, folder)
        self.assertRaises(AuditError, read_public, folder / "missing")

    def test_a_credential_of_systemd_comes_first(self) -> None:
        folder, credentials = folder_for(self), folder_for(self)
        load_or_make(folder, {})
        key = SigningKey.generate()
        _write(credentials / "audit.key", key.pem(), 0o440)
        environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
        self.assertEqual(load_or_make(folder, environ).public.id, key.public.id)
        self.assertEqual(read_public(folder).id, key.public.id)
        (credentials / "audit.key").chmod(0o444)
        self.assertRaises(AuditError, load_or_make, folder, environ)

    def test_a_command_takes_the_daemons_key_or_none(self) -> None:
        """It makes the first one; but none in the place of a credential that systemd shows to the daemon only."""
        folder, credentials = folder_for(self), folder_for(self)
        first = load_for_command(folder, {})
        self.assertEqual(load_or_make(folder, {}).public.id, first.public.id)
        key = SigningKey.generate()
        _write(credentials / "audit.key", key.pem(), 0o440)
        environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
        load_or_make(folder, environ)
        self.assertEqual(load_for_command(folder, environ).public.id, key.public.id)
        for path in (None, folder / "audit.key"):
            if path is not None:
                path.unlink()
            error = self.assertRaises(AuditError, load_for_command, folder, {})
            self.assertIn("LoadCredential=audit.key", str(error))
            self.assertEqual(read_public(folder).id, key.public.id)
        self.assertFalse((folder / "audit.key").exists())

    def test_nothing_is_made_by_reading(self) -> None:
        folder = folder_for(self)
        self.assertIsNone(read_key(folder, {}))
        self.assertEqual(list(folder.iterdir()), [])

    def test_a_folder_that_cannot_be(self) -> None:
        path = folder_for(self) / "file"
        path.write_bytes(b"")
        self.assertRaises(AuditError, load_or_make, path, {})


class SignatureTests(SynchronousTestCase):
    """What is signed, and for what."""

    def test_good_for_one_message_and_one_purpose(self) -> None:
        key = SigningKey.generate()
        signature = key.sign(b"a", b"bc")
        self.assertTrue(key.public.verify(b"a", b"bc", signature))
        for label, message, found in (
            (b"ab", b"c", signature),
            (b"b", b"bc", signature),
            (b"a", b"bd", signature),
            (b"a", b"bc", bytes(64)),
            (b"a", b"bc", signature[:63]),
        ):
            self.assertFalse(key.public.verify(label, message, found))
        self.assertFalse(SigningKey.generate().public.verify(b"a", b"bc", signature))

    def test_a_purpose_is_owed(self) -> None:
        for label in (b"", b"x" * 256):
            self.assertRaises(ValueError, SigningKey.generate().sign, label, b"")

    def test_nothing_shows_the_key(self) -> None:
        key = SigningKey.generate()
        secret = key.pem().decode().splitlines()[1]
        self.assertNotIn(secret, f"{key!r} {key} {vars(key)}")


def _write(path: Path, content: bytes, mode: int = 0o600) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    os.chmod(path, mode)
