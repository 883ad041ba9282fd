"""What a test of the page can do and see."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, ViewportSize, expect
from twisted.trial.unittest import TestCase

from tests.e2e import shared

#: A machine that is busy with other tests is slow, not wrong.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

#: Chromium's own remarks on a socket that could not be opened, and on a sign-in refused; the page cannot prevent them.
_NETWORK_REMARK = re.compile(r"WebSocket connection to .* failed|net::ERR_|Failed to load resource: .* status of 400")


class PageTestCase(TestCase):
    """A page like new. Console errors and requests to elsewhere fail every test."""

    def setUp(self) -> None:
        self._trouble: list[str] = []

    def open_page(
        self,
        url: str,
        *,
        hears: Path | None = None,
        script: str | None = None,
        viewport: ViewportSize | None = None,
        **settings: Any,
    ) -> Page:
        """Opens the page.

        Args:
            url: of a server.
            hears: what the microphone hears; by default one French sentence.
            script: JavaScript that runs before the page's own.
            viewport: size of the window.
            settings: of a browser context of its own; without any, tests share one, which is quicker.
        """
        context = shared.context(hears or shared.speech_file(shared.SENTENCE), **settings)
        page = context.new_page()
        self.addCleanup(self._close, page)
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._trouble.append(f"uncaught: {error}"))
        page.on("request", lambda request: self._on_address(request.url, url))
        page.on("websocket", lambda socket: self._on_address(socket.url.replace("ws:", "http:"), url))
        if viewport:
            page.set_viewport_size(viewport)
        if script:
            page.add_init_script(script)
        page.goto(url)
        # The texts are set by the last thing that the page's script does before it waits for the user.
        expect(page.locator("#toggle-text")).not_to_be_empty()
        return page

    def _close(self, page: Page) -> None:
        if not page.is_closed():
            # The next page in the same context starts as if it were the first.
            page.evaluate("() => localStorage.clear()")
            page.close()
        self.assertEqual(self._trouble, [])

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _NETWORK_REMARK.search(message.text):
            self._trouble.append(f"console: {message.text}")

    def _on_address(self, address: str, origin: str) -> None:
        if not address.startswith((f"{origin}/", "blob:", "data:")):
            self._trouble.append(f"request to elsewhere: {address}")

    def text(self, page: Page) -> str:
        """The final text that the page shows."""
        spans = page.locator("#text span:not(.partial)").all_text_contents()
        return " ".join(spans)


class ScriptedTestCase(PageTestCase):
    """A page whose server plays a script."""

    def play(self, **script: Any) -> str:
        """Sets the script of the next sessions (`tests.support.scripted_server.Script`); gives the server's address."""
        url = shared.scripted_server().url
        body = json.dumps(script).encode()
        urllib.request.urlopen(urllib.request.Request(f"{url}/script", data=body, method="PUT")).close()
        return url

    def last_session(self) -> dict[str, Any]:
        """What the server got in the last session."""
        with urllib.request.urlopen(f"{shared.scripted_server().url}/journal") as answer:
            sessions: list[dict[str, Any]] = json.load(answer)
        return sessions[-1]

    def dictate(self, page: Page, until: str) -> None:
        """Starts dictating, and waits for a text to be shown."""
        page.click("#toggle")
        expect(page.locator("#text")).to_contain_text(until)

    def stop(self, page: Page) -> None:
        """Stops dictating, and waits for the last words."""
        page.click("#toggle")
        expect(page.locator("body")).to_have_attribute("data-phase", "idle")
