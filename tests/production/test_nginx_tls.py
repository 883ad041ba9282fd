"""TLS as nginx speaks it: versions, suites, HTTP/2 to a real browser, and dictation beside it."""

from __future__ import annotations

import socket
import ssl
import warnings
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from tests.e2e import shared
from tests.e2e.processes import TWISTD, Server
from tests.production.site_case import answered
from tests.support.recorder import Recorder
from tests.support.site import NAME, Site

#: TLS 1.2 of Mozilla's "intermediate" configuration; the key in these tests is of the first kind.
SUITES = {f"ECDHE-ECDSA-{cipher}" for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")}
OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
#: What a page does to dictate, and how its own files came.
DICTATE = """(url) => new Promise((resolve) => {
  const said = performance.getEntries().map((entry) => entry.nextHopProtocol).filter((name) => name);
  const socket = new WebSocket(url);
  const send = (message) => socket.send(JSON.stringify(message));
  socket.onopen = () => send({ type: "start_transcription", languageCode: "fr-CA", sampleRate: 16000 });
  socket.onmessage = ({ data }) => {
    const { type } = JSON.parse(data);
    said.push(type);
    if (type === "stream_ready") send({ type: "stop_transcription" });
  };
  socket.onclose = ({ code }) => resolve([...new Set(said), code]);
})"""


def accepts(port: int, version: ssl.TLSVersion, ciphers: str = "ALL") -> bool:
    """Whether a handshake comes about with a client that would do anything; certificates are not looked at."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the old versions are what is to be refused
        context.minimum_version = context.maximum_version = version
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        try:
            context.wrap_socket(plain, server_hostname=NAME).close()
        except (ssl.SSLError, ConnectionResetError):
            return False
    return True


def suites() -> list[str]:
    """Every suite of TLS 1.2 and below that this machine's OpenSSL knows, those without encryption among them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return [each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]


class TlsTests(TestCase):
    """What a client may ask for."""

    timeout = 300

    def test_versions_and_suites(self) -> Deferred[None]:
        """TLS 1.2 and 1.3 only; of the former those suites that are still good."""

        async def check() -> None:
            site = Site(self, {3001: Recorder(self).url})
            port = site.https_port
            for version in OLD:
                self.assertFalse(await deferToThread(accepts, port, version), version)
            self.assertTrue(await deferToThread(accepts, port, ssl.TLSVersion.TLSv1_3))
            self.assertGreater(len(suites()), 50)
            taken = {one for one in suites() if await deferToThread(accepts, port, ssl.TLSVersion.TLSv1_2, one)}
            self.assertEqual(taken, SUITES)

        return Deferred.fromCoroutine(check())

    def test_http2(self) -> Deferred[None]:
        """For whoever can."""

        async def check() -> None:
            site = Site(self, {3001: Recorder(self).url})
            for option, version in (("--http2", "HTTP/2"), ("--http1.1", "HTTP/1.1")):
                ran = await site.curl("--include", option, "https://api.alie.app/health")
                self.assertTrue(ran.out.startswith(f"{version} 200"), ran)
                self.assertEqual(answered(ran)[2], "recorded")

        return Deferred.fromCoroutine(check())


class BrowserTests(TestCase):
    """A real Chromium."""

    timeout = 300

    def test_page_and_dictation(self) -> None:
        """The page comes by HTTP/2; its socket is a connection of HTTP/1.1, and works."""
        daemon = Server("env", "ALIE_HOSTS=api.alie.app", TWISTD, "--nodaemon", "--pidfile=", "alie")
        self.addCleanup(daemon.stop)
        site = Site(self, {3001: daemon.url})
        options: dict[str, Any] = {"executable_path": shared.CHROMIUM}
        rules = f"--host-resolver-rules=MAP {NAME}:443 127.0.0.1:{site.https_port}"
        browser = shared.driver().chromium.launch(args=["--no-sandbox", rules, "--disable-gpu"], **options)
        self.addCleanup(browser.close)
        page = browser.new_page(ignore_https_errors=True)
        page.goto(f"https://{NAME}/")
        said = page.evaluate(DICTATE, f"wss://{NAME}/ws")
        self.assertEqual(said, ["h2", "connection_established", "stream_ready", "transcription_complete", 1000])
        lines = {line["path"]: line["protocol"] for line in site.access_log if line["path"] in ("/", "/ws")}
        self.assertEqual(lines["/"], "HTTP/2.0")
        self.assertEqual(lines["/ws"], "HTTP/1.1")
