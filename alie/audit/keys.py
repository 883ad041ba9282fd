"""The Ed25519 key (RFC 8032) that signs the audit log's heads, and whatever else this daemon states about itself.

What is signed carries a label that says what it is for, so that no signature for one purpose is good for another.
All functions here may block on the disk for moments: they are for the start, commands and worker threads.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from alie.audit.errors import AuditError

KEY_FILE, PUBLIC_FILE = "audit.key", "audit.pub"
CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Where systemd puts what LoadCredential= names (systemd.exec(5))."""
_PREFIX = b"alie signature 1\0"
_MAX_KEY_BYTES = 4096


class PublicKey:
    """Verifies what a `SigningKey` has signed. Usable in any thread."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        self.id = sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]
        """The first 16 hexadecimal digits of the SHA-256 of the key's 32 bytes."""

    def verify(self, label: bytes, message: bytes, signature: bytes) -> bool:
        """Whether this key has signed that message for that purpose; see `SigningKey.sign`."""
        try:
            self._key.verify(signature, _labelled(label, message))
        except InvalidSignature:
            return False
        return True

    def pem(self) -> bytes:
        """As OpenSSL writes it (RFC 8410)."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class SigningKey:
    """Signs. Usable in any thread; has no repr that shows it."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key())

    @classmethod
    def generate(cls) -> SigningKey:
        """A new one."""
        return cls(Ed25519PrivateKey.generate())

    def sign(self, label: bytes, message: bytes) -> bytes:
        """Signs a message for one purpose.

        Args:
            label: the purpose, 1 to 255 bytes, such as b"compliance-statement".
            message: any bytes.

        Returns:
            64 bytes.
        """
        return self._key.sign(_labelled(label, message))

    def pem(self) -> bytes:
        """As OpenSSL writes it, not encrypted (RFC 8410)."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_or_make(folder: Path, environ: Mapping[str, str]) -> SigningKey:
    """The daemon's key: systemd's credential, else the folder's, made on first use. Writes `audit.pub` beside.

    Args:
        folder: ALIE_STATE_DIR; made, for its owner only, if it is not there.
        environ: of the process.

    Raises:
        AuditError: it cannot be read or made, is no such key, or others can read it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = read_key(folder, environ) or _make(folder / KEY_FILE)
        _publish(folder / PUBLIC_FILE, key.public.pem())
    except OSError as error:
        raise AuditError(f"The audit log's key in {folder} cannot be read or made: {error.strerror}") from None
    return key


def load_for_command(folder: Path, environ: Mapping[str, str]) -> SigningKey:
    """The key that the daemon signs with, for a command that signs, too; made only where there is no daemon's yet.

    systemd shows a credential to the daemon alone: a key made in its place would sign what nobody can verify, and its
    `audit.pub` would have the whole log be found wrong.

    Args:
        folder: ALIE_STATE_DIR, which is there.
        environ: of the process.

    Raises:
        AuditError: the daemon's key cannot be read from here, or as in `load_or_make`.
    """
    if not (folder / PUBLIC_FILE).exists():
        return load_or_make(folder, environ)
    try:
        key = read_key(folder, environ)
    except OSError as error:
        raise AuditError(f"The audit log's key in {folder} cannot be read: {error.strerror}") from None
    if key is None or key.public.id != read_public(folder).id:
        raise AuditError(
            f"The key that belongs to {folder / PUBLIC_FILE} cannot be read from here: where the daemon has it by "
            f"systemd's LoadCredential, run this with systemd-run --pty -p User=USER -p LoadCredential={KEY_FILE}:FILE"
        )
    return key


def read_key(folder: Path, environ: Mapping[str, str]) -> SigningKey | None:
    """The daemon's key, None where there is none yet.

    Raises:
        AuditError: it is no such key, or others can read it.
        OSError: it cannot be read.
    """
    credential = Path(environ.get(CREDENTIALS) or "/nonexistent") / KEY_FILE
    if credential.is_file():
        # systemd may let its user in by an access list, whose mask shows in the bits of the group.
        return _parse(credential, _private_bytes(credential, others=0o007))
    path = folder / KEY_FILE
    return _parse(path, _private_bytes(path, others=0o077)) if path.exists() else None


def read_public(folder: Path) -> PublicKey:
    """The key that the folder's log is to be verified with.

    Raises:
        AuditError: there is none, or it is no such key.
    """
    path = folder / PUBLIC_FILE
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise AuditError(f"{path} cannot be read: {error.strerror}") from None
    return parse_public(pem, str(path))


def parse_public(pem: bytes, name: str = "This") -> PublicKey:
    """The key in a file such as `audit.pub`.

    Args:
        pem: the file's content.
        name: of the file, for the error.

    Raises:
        AuditError: it is no such key.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise AuditError(f"{name} is no public key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise AuditError(f"{name} is no Ed25519 key")
    return PublicKey(key)


def _labelled(label: bytes, message: bytes) -> bytes:
    if not 1 <= len(label) <= 255:
        raise ValueError("A label has 1 to 255 bytes")
    return _PREFIX + bytes([len(label)]) + label + message


def _private_bytes(path: Path, others: int) -> bytes:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if os.fstat(file).st_mode & others:
            raise AuditError(f"{path} can be read by others than its owner: chmod 600 {path}")
        return os.read(file, _MAX_KEY_BYTES)
    finally:
        os.close(file)


def _parse(path: Path, pem: bytes) -> SigningKey:
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise AuditError(f"{path} is no private key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise AuditError(f"{path} is no Ed25519 key")
    return SigningKey(key)


def _make(path: Path) -> SigningKey:
    """Makes a key that nobody else made in the meantime; half of one is never found there."""
    key = SigningKey.generate()
    temporary = _written(path, key.pem(), 0o600)
    try:
        # Unlike a rename, a link never takes the place of another's key.
        os.link(temporary, path)
    except FileExistsError:
        key = _parse(path, _private_bytes(path, others=0o077))
    finally:
        temporary.unlink()
    sync_folder(path.parent)
    return key


def _publish(path: Path, pem: bytes) -> None:
    if not path.exists() or path.read_bytes() != pem:
        _written(path, pem, 0o644).rename(path)
        sync_folder(path.parent)


def _written(path: Path, content: bytes, mode: int) -> Path:
    """A new file beside `path`, on disk. mkstemp opens with O_EXCL and 0600."""
    file, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with open(file, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fchmod(stream.fileno(), mode)
        os.fsync(stream.fileno())
    return Path(name)


def sync_folder(folder: Path) -> None:
    """Has the names in a folder on disk."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
