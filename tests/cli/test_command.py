"""The `alie` command as a process."""

from __future__ import annotations

import datetime
import os
import signal
import sys
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet import reactor, ssl
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.utils import getProcessOutputAndValue
from twisted.python.failure import Failure
from twisted.trial.unittest import SkipTest

import alie
from tests.cli.files import folder_for, write_wave
from tests.cli.server import Script, ServerTestCase, final

COMMAND = ["-c", "from alie.cli import main; main()"]
ROOT = str(Path(__file__).parents[2])
HELLO = (32000, final("r1", 0.0, 1.0, "Hello."))


class CommandTestCase(ServerTestCase):
    """Runs the command."""

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": ROOT, "PYTHONDONTWRITEBYTECODE": "1", **more}

    async def alie(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Status, standard output, standard error."""
        out, err, status = await getProcessOutputAndValue(
            sys.executable, [*COMMAND, *arguments], env=self.environment(**environment)
        )
        return status, out.decode(), err.decode()

    def sound(self, length_s: float = 2.0) -> str:
        try:
            import av  # noqa: F401
        except ImportError:
            raise SkipTest("PyAV is not installed") from None
        path = folder_for(self) / "sound.wav"
        write_wave(path, length_s)
        return str(path)


class UsageTests(CommandTestCase):
    """What the command line understands."""

    async def test_version_and_help(self) -> None:
        self.assertEqual(await self.alie("--version"), (0, f"alie {alie.__version__}\n", ""))
        status, out, _ = await self.alie("--help")
        self.assertEqual(status, 0)
        self.assertIn("transcribe", out)
        self.assertIn("check", out)

    async def test_what_makes_no_sense_is_named(self) -> None:
        long_file = folder_for(self) / "words"
        long_file.write_text("word\n" * 101)
        empty = folder_for(self) / "token"
        empty.write_text("\n")
        for arguments, told in (
            ((), "COMMAND"),
            (("transcribe", "a", "--url", "ftp://h"), "an address like"),
            (("transcribe", "a", "--vocabulary", "/missing"), "cannot be read"),
            (("transcribe", "a", "--vocabulary", str(long_file)), "at most 100"),
            (("transcribe", "a", "--token-file", "/missing"), "--token-file /missing cannot be read"),
            (("check", "--token-file", str(empty)), "is empty"),
            (("transcribe", "a", "b", "--format", "srt"), "name a directory"),
            (("transcribe", "x/a.wav", "y/a.mp3", "-o", str(folder_for(self))), "same name"),
        ):
            status, out, err = await self.alie(*arguments)
            self.assertEqual((status, out), (2, ""))
            self.assertIn(told, err)


class TranscribeTests(CommandTestCase):
    """From the shell to the server and back."""

    async def test_text_comes_back_and_what_was_asked_arrives(self) -> None:
        script = Script(finals=(HELLO,))
        words = folder_for(self) / "words"
        words.write_text("metoprolol\n\n  atrial   fibrillation\n")
        url = self.serve(script).http_url("")
        arguments = ("--url", url, "--language", "fr-CA", "--vocabulary", str(words))
        self.assertEqual(await self.alie("transcribe", self.sound(), *arguments, ALIE_TOKEN="t"), (0, "Hello.\n", ""))
        start = script.messages[0]
        self.assertEqual((start["languageCode"], start["token"]), ("fr-CA", "t"))
        self.assertEqual(start["vocabulary"], ["metoprolol", "atrial fibrillation"])

    async def test_a_token_from_a_file(self) -> None:
        """Before the environment's; what surrounds it does not count, and it is never told."""
        script = Script(finals=(HELLO,))
        secret = folder_for(self) / "token"
        secret.write_text("  a.b.c\n")
        arguments = (self.sound(), "--url", self.serve(script).http_url(""), "--token-file", str(secret))
        self.assertEqual(await self.alie("transcribe", *arguments, ALIE_TOKEN="t"), (0, "Hello.\n", ""))
        self.assertEqual(script.messages[0]["token"], "a.b.c")

    async def test_captions_go_into_a_directory_that_is_made(self) -> None:
        folder, sound = folder_for(self) / "new" / "folder", self.sound()
        url = self.serve(Script(finals=(HELLO,))).websocket_url
        answer = await self.alie("transcribe", sound, "--url", url, "--format", "vtt", "-o", f"{folder}/")
        self.assertEqual(answer, (0, "", ""))
        written = (folder / Path(sound).name).with_suffix(".vtt").read_text()
        self.assertEqual(written, "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHello.\n")

    async def test_an_unreachable_server_is_one_line(self) -> None:
        sound, address = self.sound(), self.closed_port()
        line = f"alie: {sound}: Nothing listens at {address.authority}: is the daemon running? (UNREACHABLE)\n"
        self.assertEqual(await self.alie("transcribe", sound, "--url", address.http_url("")), (1, "", line))

    async def test_without_pyav_it_says_what_to_install(self) -> None:
        folder = folder_for(self)
        (folder / "av.py").write_text("raise ImportError\n")
        path = f"{folder}{os.pathsep}{ROOT}"
        status, _, err = await self.alie("transcribe", "a.wav", PYTHONPATH=path)
        self.assertEqual(status, 1)
        self.assertEqual(err, "alie: a.wav: PyAV is needed to read sound files: pip install 'alie[cli]'\n")

    def test_ctrl_c_closes_the_session_and_keeps_what_was_heard(self) -> Deferred[None]:
        script = Script(finals=((1, HELLO[1]),))
        url = self.serve(script).http_url("")
        running = _Running()
        arguments = [sys.executable, *COMMAND, "transcribe", self.sound(60.0), "--realtime", "--url", url]
        process = reactor.spawnProcess(running, sys.executable, arguments, env=self.environment())  # type: ignore[attr-defined]
        script.heard.addCallback(lambda _: process.signalProcess(signal.SIGINT))

        def ended(status: int) -> None:
            self.assertEqual(
                (status, bytes(running.out), bytes(running.err)), (130, b"Hello.\n", b"alie: interrupted\n")
            )
            self.assertEqual(script.closes, [(True, 1000)])

        return running.ended.addCallback(ended)


class TlsTests(CommandTestCase):
    """A certificate is verified against what the platform trusts."""

    async def test_an_unknown_authority_is_refused_and_a_trusted_one_is_not(self) -> None:
        pem = folder_for(self) / "localhost.pem"
        pem.write_bytes(_certificate())
        certificate = ssl.PrivateCertificate.loadPEM(pem.read_bytes())

        def listen(site: Any) -> Any:
            return reactor.listenSSL(0, site, certificate.options(), interface="127.0.0.1")  # type: ignore[attr-defined]

        port = self.serve(Script(finals=(HELLO,)), listen=listen).port
        arguments = ("transcribe", self.sound(), "--url", f"https://localhost:{port}")
        status, _, err = await self.alie(*arguments)
        self.assertEqual((status, len(err.splitlines())), (1, 1))
        self.assertIn("certificate verify failed (UNTRUSTED)", err)
        self.assertEqual(await self.alie(*arguments, SSL_CERT_FILE=str(pem)), (0, "Hello.\n", ""))
        status, out, _ = await self.alie("check", f"wss://127.0.0.1:{port}", SSL_CERT_FILE=str(pem))
        self.assertEqual(status, 1)
        self.assertIn("its certificate is for another name", out)


class _Running(ProcessProtocol):
    def __init__(self) -> None:
        self.out = bytearray()
        self.err = bytearray()
        self.ended: Deferred[int] = Deferred()

    def outReceived(self, data: bytes) -> None:
        self.out += data

    def errReceived(self, data: bytes) -> None:
        self.err += data

    def processEnded(self, reason: Failure) -> None:
        self.ended.callback(reason.value.exitCode)


def _certificate() -> bytes:
    """A certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    return key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem)
