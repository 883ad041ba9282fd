"""docs/operations.md, "TLS by the daemon itself": a real daemon, what it offers, a renewal while somebody dictates."""

from __future__ import annotations

import json
import os
import socket
import ssl
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.ssl import Certificate
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from tests.cli.files import folder_for
from tests.support import runbook
from tests.support.alie_command import Ran
from tests.support.authority import HOUR, Authority, Issued, now
from tests.support.curl import curl
from tests.support.daemon import ROOT, Daemon, environment, start
from tests.support.dictating_client import connect
from tests.support.dictation import Dictation, Manner, begin, end, speak
from tests.support.judging import complaints
from tests.support.recordings import take
from tests.support.tls_scan import taken
from tests.support.transcribe import settings, simulate

AUTHORITY = Authority()
NAMES = ("api.alie.app", "localhost", "127.0.0.1")
HOST = ("-H", "Host: api.alie.app")
GOOD_SUITES = {
    ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"),
    ("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384"),
    ("TLSv1.2", "ECDHE-RSA-CHACHA20-POLY1305"),
    ("TLSv1.3", "TLS_AES_256_GCM_SHA384"),
}
"""To a client that offers one suite of TLS 1.2 at a time, and all of TLS 1.3 together."""

LOOK_S = 0.5
PATIENCE_S = 120
# The silence of somebody who reads a file: twice as long as the daemon leaves its own alone, on a busy machine.
PAUSE_S = 60.0
MACHINE_IS_LATE_S = 10.0


class TlsCase(TestCase):
    """The settings of the page, on files and ports of the test."""

    timeout = 300

    def setUp(self) -> None:
        self.folder = folder_for(self)
        self.live = self.folder / "etc/tls/api.alie.app"
        self.live.mkdir(parents=True)
        self.root = self.folder / "root.pem"
        self.root.write_bytes(AUTHORITY.pem)
        block = next(one for one in runbook.blocks("TLS by the daemon itself") if one.language == "ini")
        text = block.text.replace("/etc/alie", str(self.folder / "etc"))
        text = text.replace("ALIE_TLS_PORT=8443", "ALIE_TLS_PORT=0").replace("0.0.0.0", "127.0.0.1")
        self.env_file = self.folder / "etc/alie.env"
        self.env_file.write_text(text)

    def write(self, issued: Issued) -> None:
        """As the deploy hook leaves it: the key first, each complete before it has its name."""
        for name, content in (("privkey.pem", issued.key), ("fullchain.pem", issued.chain)):
            new = self.live / f".{name}.new"
            new.touch(0o600)
            new.write_bytes(content)
            new.rename(self.live / name)

    async def begin(self, **more: str) -> tuple[Daemon, str]:
        """A daemon, and where it speaks TLS."""
        daemon = start(self, "--env-file", str(self.env_file), **more)
        self.plain_url = await daemon.listening
        return daemon, daemon.secure_url

    def curl(self, *arguments: str) -> Deferred[Ran]:
        """With the root of the tests for an authority."""
        return curl("--cacert", str(self.root), *arguments)

    async def served(self, url: str) -> int:
        """The serial number that a new connection is shown."""

        def look() -> int:
            pem = ssl.get_server_certificate(("127.0.0.1", int(url.rpartition(":")[2])), ca_certs=str(self.root))
            return x509.load_pem_x509_certificate(pem.encode()).serial_number

        return await deferToThread(look)

    async def until(self, is_so: Callable[[], Any]) -> None:
        """Asks again and again; it must become so."""
        for _ in range(round(PATIENCE_S / LOOK_S)):
            if await is_so():
                return
            await deferLater(reactor, LOOK_S, lambda: None)
        raise AssertionError("it did not happen")


def serial(issued: Issued) -> int:
    """Of a certificate."""
    return x509.load_pem_x509_certificate(issued.leaf).serial_number


class PageTests(TlsCase):
    """The commands of the page, in their order."""

    async def run_page(self, number: int, daemon: Daemon | None) -> tuple[int, str, str]:
        """Runs one of them: as this user, on this daemon's ports, with the root of the tests for an authority."""
        text = [one for one in runbook.blocks("TLS by the daemon itself") if one.language == "sh"][number].text
        text = text.replace("/etc/alie", str(self.folder / "etc")).replace("sudo -u alie ", "")
        stubs = self.folder / "bin"
        stubs.mkdir(exist_ok=True)
        if daemon is not None:
            place = daemon.secure_url.removeprefix("https://")
            text = text.replace("http://127.0.0.1:3001", self.plain_url).replace("api.alie.app:8443", place)
            pid: Any = daemon.transport.pid
            (stubs / "systemctl").write_text(f'#!/bin/sh\n[ "$*" = "reload alie-backend" ] && kill -HUP {pid}\n')
            (stubs / "systemctl").chmod(0o755)
        own = environment(self.folder, CURL_CA_BUNDLE=str(self.root), SSL_CERT_FILE=str(self.root))
        own["PATH"] = os.pathsep.join((str(stubs), str(Path(sys.executable).parent), own["PATH"]))
        out, err, status = await getProcessOutputAndValue("/bin/sh", ["-ec", text], env=own, path=str(ROOT))
        return status, out.decode(), err.decode()

    async def test_as_the_page_says(self) -> None:
        """Checked, served, looked at, reloaded."""
        first = AUTHORITY.issue(*NAMES)
        self.write(first)
        status, out, err = await self.run_page(0, None)
        self.assertEqual((status, err), (0, ""))
        self.assertIn("The TLS certificate is for 127.0.0.1, api.alie.app, localhost, until ", out)
        daemon, url = await self.begin()
        status, out, err = await self.run_page(1, daemon)
        self.assertEqual((status, err), (0, ""))
        self.assertIn('"status":"ok"', out)
        self.assertIn("Intermediate of the tests", out)
        self.assertIn("notAfter=", out)
        self.assertIn('"notes":[]', out)
        second = AUTHORITY.issue(*NAMES)
        self.write(second)
        self.assertEqual(await self.run_page(2, daemon), (0, "", ""))

        async def is_renewed() -> bool:
            return await self.served(url) == serial(second)

        await self.until(is_renewed)
        self.assertIn("TLS_CERTIFICATE_RENEWED", daemon.out)


class OfferTests(TlsCase):
    """What a scanner finds."""

    async def test_what_is_taken(self) -> None:
        """Of all protocols and suites that OpenSSL knows, the good ones."""
        self.write(AUTHORITY.issue(*NAMES, key=rsa.generate_private_key(65537, 2048)))
        _, url = await self.begin()
        self.assertEqual(await deferToThread(taken, int(url.rpartition(":")[2])), GOOD_SUITES)

    async def test_the_scanner_sees(self) -> None:
        """What a careless server takes: the old, and what has neither ephemeral keys nor authenticated encryption."""
        port = self.careless()
        found = await deferToThread(taken, port)
        for one in (("TLSv1", "AES128-SHA"), ("TLSv1.1", "ECDHE-RSA-AES256-SHA"), ("TLSv1.2", "AES128-GCM-SHA256")):
            self.assertIn(one, found)
        self.assertGreater(len(found - GOOD_SUITES), 10)

    def careless(self) -> int:
        """The port of a server that takes all it can, in a thread, until the test ends."""
        files = AUTHORITY.issue(*NAMES, key=rsa.generate_private_key(65537, 2048)).write(self.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
        context.load_cert_chain(*files)
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        self.addCleanup(listening.shutdown, socket.SHUT_RDWR)

        def serve() -> None:
            while True:
                try:
                    made, _ = listening.accept()
                except OSError:
                    return
                try:
                    made.settimeout(PATIENCE_S)
                    context.wrap_socket(made, server_side=True).close()
                except OSError:  # ssl.SSLError is one
                    made.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port: int = listening.getsockname()[1]
        return port

    async def test_no_weak_suite_of_tls_1_3(self) -> None:
        """Those with short tags can be offered by the command only."""
        self.write(AUTHORITY.issue(*NAMES))
        _, url = await self.begin()
        for suite, is_taken in (("TLS_AES_128_CCM_8_SHA256", False), ("TLS_CHACHA20_POLY1305_SHA256", True)):
            place = url.removeprefix("https://")
            command = ["s_client", "-connect", place, "-tls1_3", "-ciphersuites", suite]
            _, _, status = await getProcessOutputAndValue("openssl", command, env=dict(os.environ))
            self.assertEqual(status == 0, is_taken, suite)


class WayTests(TlsCase):
    """Who comes in how."""

    async def test_https_and_the_plain_port(self) -> None:
        """HSTS by https only; in the clear pages are redirected, programs refused, if a proxy tells of strangers."""
        self.write(AUTHORITY.issue(*NAMES))
        _, url = await self.begin()
        plain = self.plain_url
        asked = [
            self.curl("-i", f"{url}/healthz"),
            self.curl("-i", f"{plain}/healthz"),
            self.curl("-i", *HOST, "-H", "X-Forwarded-Proto: http", f"{plain}/?a=b"),
            self.curl("-i", *HOST, "-H", "X-Forwarded-Proto: http", f"{plain}/api/config"),
            self.curl("-i", *HOST, "-H", "X-Forwarded-Proto: http", f"{plain}/healthz"),
            self.curl("-i", *HOST, "-H", "X-Forwarded-Proto: https", f"{plain}/api/config"),
            self.curl("-i", "--http2", f"{url}/api/config"),
        ]
        secure, probe, page, program, health, behind, http2 = [ran.out for ran in await gatherResults(asked)]
        self.assertIn("Strict-Transport-Security: max-age=31536000", secure)
        self.assertTrue(probe.startswith("HTTP/1.1 200 ") and "Strict-Transport" not in probe, probe)
        self.assertTrue(page.startswith("HTTP/1.1 308 "), page)
        self.assertIn("Location: https://api.alie.app:8443/?a=b\r\n", page)
        self.assertTrue(program.startswith("HTTP/1.1 403 ") and "TLS_REQUIRED" in program, program)
        self.assertTrue(health.startswith("HTTP/1.1 200 "), health)
        self.assertIn("Strict-Transport-Security", behind)
        self.assertTrue(http2.startswith("HTTP/1.1 200 ") and '"useWss":true' in http2, http2)
        self.assertIn('"publicWsUrl":"wss://api.alie.app:8443/ws"', http2)

    async def test_client_certificates(self) -> None:
        """Whoever has none is refused, and so is another authority's; probes have the plain port."""
        self.write(AUTHORITY.issue(*NAMES))
        _, url = await self.begin(ALIE_TLS_CLIENT_CA=str(self.root))
        files = []
        for name, authority in (("edge", AUTHORITY), ("other", Authority())):
            (self.folder / name).mkdir()
            chain, key = authority.issue("edge.example", is_client=True).write(self.folder / name)
            files.append(("--cert", str(chain), "--key", str(key)))
        asked = [self.curl(*options, f"{url}/healthz") for options in ((), *files)]
        bare, edge, other = await gatherResults(asked)
        self.assertEqual((bare.out, other.out), ("", ""))
        self.assertIn('"status":"ok"', edge.out)
        self.assertIn('"ok"', (await curl(f"{self.plain_url}/healthz")).out)

    async def test_stop(self) -> None:
        """In the middle of a dictation: it is told and closed as in the clear, and the daemon ends well."""
        self.write(AUTHORITY.issue(*NAMES))
        daemon, url = await self.begin(ALIE_ENGINE="embedded")
        client = await connect(url, trusted=Certificate.loadPEM(AUTHORITY.pem))
        client.say("start_transcription", languageCode="en-US", sampleRate=16000)
        await client.message("stream_ready")
        daemon.stop()
        self.assertEqual(await client.closed, 1001)
        self.assertEqual((await daemon.ended, daemon.err), (0, ""))

    async def test_no_certificate_no_daemon(self) -> None:
        """One line, status 1."""
        self.write(AUTHORITY.issue(*NAMES))
        (self.live / "privkey.pem").write_bytes(AUTHORITY.issue().key)
        daemon = start(self, "--env-file", str(self.env_file))
        self.assertEqual(await daemon.ended, 1)
        self.assertIn("is not that of the first certificate in", daemon.err)
        self.assertNotIn("Traceback", daemon.err + daemon.out)

    async def test_an_expired_certificate(self) -> None:
        """Is served, and 503 says so."""
        self.write(AUTHORITY.issue(*NAMES, since=now() - 9 * HOUR, until=now() - HOUR))
        _, url = await self.begin()
        told = await curl("-i", f"{self.plain_url}/readyz")
        self.assertTrue(told.out.startswith("HTTP/1.1 503 "), told.out)
        self.assertIn("The TLS certificate expired on", told.out)
        self.assertIn("expired", (await self.curl(f"{url}/healthz")).err)


class RenewalTests(TlsCase):
    """A dictation by wss, in whose course the certificate is renewed twice, and once badly."""

    async def test_every_word_once(self) -> None:
        """By the operator's word, then a key that does not fit, then by the daemon's own look at the files."""
        first, second, third = (AUTHORITY.issue(*NAMES) for _ in range(3))
        self.write(first)
        said = take("en-07-demo-nogo", 0)
        simulator = await simulate(self, [said])
        daemon, url = await self.begin(**settings(simulator))
        manner = Manner(pauses=((len(said.pcm) // 2, PAUSE_S),))
        trusted = Certificate.loadPEM(AUTHORITY.pem)
        dictation = await begin(url, said, manner, trusted)
        speaking = Deferred.fromCoroutine(speak(dictation, manner))
        self.assertEqual(await self.served(url), serial(first))
        self.write(second)
        daemon.stop("HUP")
        await self.until(lambda: self.is_served(url, second))
        await self.refuse(daemon, url, Issued(third.leaf, third.intermediate, second.key), second)
        self.write(third)
        await self.until(lambda: self.is_served(url, third))
        self.assertFalse(speaking.called, "all of it while somebody spoke")
        await speaking
        await end(dictation)
        self.assertEqual(list(complaints(dictation, simulator, MACHINE_IS_LATE_S)), [])
        self.assert_told(daemon, dictation)

    async def is_served(self, url: str, issued: Issued) -> bool:
        """To new connections."""
        return await self.served(url) == serial(issued)

    async def refuse(self, daemon: Daemon, url: str, bad: Issued, before: Issued) -> None:
        """The operator has this one read: it is refused, and the one before is served."""
        self.write(bad)
        daemon.stop("HUP")

        async def is_refused() -> bool:
            return "TLS_KEY_MISMATCH" in daemon.out

        await self.until(is_refused)
        told = json.loads((await curl(f"{self.plain_url}/readyz")).out)
        self.assertTrue(told["ready"], told)
        self.assertIn("(TLS_KEY_MISMATCH)", " ".join(told["notes"]))
        self.assertIn("alie_tls_certificate_refused 1.0", (await curl(f"{self.plain_url}/metrics")).out)
        self.assertTrue(await self.is_served(url, before))

    def assert_told(self, daemon: Daemon, dictation: Dictation) -> None:
        """Each thing once; and nobody else was told anything."""
        for code, times in (("TLS_CERTIFICATE_RENEWED", 2), ("TLS_KEY_MISMATCH", 1)):
            self.assertEqual(len([line for line in daemon.out.splitlines() if code in line]), times, code)
        self.assertEqual(dictation.of_type("error"), [])
