"""Dictation through the whole house: a real browser, a fake microphone with real speech, the real daemon."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import jiwer
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e import shared
from tests.e2e.cases import PageTestCase
from tests.e2e.processes import start_daemon

#: Wrong words out of all that may be tolerated; the engine has its own tests for how well it hears.
MAX_WORD_ERROR_RATE = 0.3
#: The first dictation waits for the model to be read from disk.
WORDS_TIMEOUT_MS = 240_000

FRENCH = shared.SENTENCE
FRENCH_TEXT = "Dans quel dossier souhaitez-vous conserver ce message?"
FIRST_FRENCH = "fr-06-privacy-prompt"
ENGLISH = "en-02-conf-invalid"
ENGLISH_TEXT = "That is not a valid conference number. Please try again."

#: The picture of the README; it is written when ALIE_WRITE_PICTURE is set.
PICTURE = Path(__file__).parents[2] / "docs" / "page.png"
PICTURE_SIZE: ViewportSize = {"width": 1280, "height": 800}


def plain(text: str) -> str:
    """A text without what two good transcripts may differ in."""
    return " ".join(re.findall(r"\w+", text.lower().replace("’", "'")))


class DictationTest(PageTestCase):
    """Speech becomes text."""

    def assertHeard(self, page: Page, expected: str) -> None:
        """The final text is what was said, with few errors."""
        heard = self.text(page)
        self.assertLess(jiwer.wer(plain(expected), plain(heard)), MAX_WORD_ERROR_RATE, f"heard: {heard!r}")

    def stop(self, page: Page) -> None:
        """Stops, and waits for the last words."""
        page.click("#toggle")
        expect(page.locator("body")).to_have_attribute("data-phase", "idle", timeout=WORDS_TIMEOUT_MS)
        expect(page.locator(".partial")).to_be_empty()

    def test_french(self) -> None:
        """French without any choice, stopped right after the last sound: all is in the text, all legs are told."""
        page = self.open_page(shared.daemon().url, hears=shared.speech_file(FRENCH, after_s=1))
        page.click("#toggle")
        expect(page.locator("#leg-engine")).to_have_text("prêt (intégré)")
        expect(page.locator("#leg-connection")).to_have_text("établie")
        expect(page.locator("#leg-microphone")).to_have_text("capte le son")
        # Just that long is spoken: the last word cannot have come back yet.
        expect(page.locator("#timer")).to_have_text("00:04", timeout=WORDS_TIMEOUT_MS)
        self.stop(page)
        self.assertHeard(page, FRENCH_TEXT)
        self.assertIn("message", self.text(page))
        expect(page.locator("#latency")).to_contain_text(re.compile(r"\d,\d\xa0s"))

    def test_english(self) -> None:
        """English, with the choice made as a user makes it."""
        page = self.open_page(shared.daemon().url, hears=shared.speech_file(ENGLISH, after_s=1))
        page.get_by_role("button", name="English").click()
        page.get_by_label("Spoken language").select_option(label="English")
        page.click("#toggle")
        expect(page.locator("#text")).to_contain_text(re.compile("again", re.I), timeout=WORDS_TIMEOUT_MS)
        self.stop(page)
        self.assertHeard(page, ENGLISH_TEXT)

    def test_file(self) -> None:
        """A recording is transcribed without a microphone, and faster than it lasts where the machine can."""
        page = self.open_page(shared.daemon().url)
        page.set_input_files("#file", shared.SPEECH / f"{FRENCH}.flac")
        expect(page.locator("#progress-box")).to_be_visible()
        expect(page.locator("#text")).to_contain_text(re.compile("message", re.I), timeout=WORDS_TIMEOUT_MS)
        expect(page.locator("body")).to_have_attribute("data-phase", "idle", timeout=WORDS_TIMEOUT_MS)
        expect(page.locator("#progress-box")).to_be_hidden()
        self.assertHeard(page, FRENCH_TEXT)

    def test_picture(self) -> None:
        """One sentence in ink, the next one growing in grey behind it, and a true delay: that is pictured."""
        speech = shared.speech_file(FIRST_FRENCH, FRENCH)
        page = self.open_page(shared.daemon().url, hears=speech, viewport=PICTURE_SIZE)
        page.click("#toggle")
        expect(page.locator("#text span:not(.partial)")).not_to_be_empty(timeout=WORDS_TIMEOUT_MS)
        expect(page.locator(".partial")).to_have_text(re.compile(r"\w+ \w+"), timeout=WORDS_TIMEOUT_MS)
        page.mouse.move(0, 0)
        with tempfile.TemporaryDirectory() as folder:
            path = PICTURE if os.environ.get("ALIE_WRITE_PICTURE") else Path(folder) / "page.png"
            page.screenshot(path=path)
            content = path.read_bytes()
        self.assertTrue(content.startswith(b"\x89PNG\r\n\x1a\n"))
        width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
        self.assertEqual((width, height), (PICTURE_SIZE["width"], PICTURE_SIZE["height"]))
        # An empty page compresses to a few kilobytes.
        self.assertGreater(len(content), 20_000)

    def test_killed_daemon(self) -> None:
        """The page says that there is no connection; who does not wait is told what may be missing, and keeps all."""
        daemon = start_daemon()
        self.addCleanup(daemon.stop)
        page = self.open_page(daemon.url)
        alert = page.get_by_role("alert")
        page.click("#toggle")
        expect(page.locator("#text")).to_contain_text(re.compile("dossier", re.I), timeout=WORDS_TIMEOUT_MS)
        daemon.kill()
        expect(alert).to_contain_text("La connexion est perdue")
        expect(page.locator("#leg-connection")).to_contain_text("se rétablit")
        page.get_by_role("button", name="Ne plus attendre").click()
        expect(alert).to_contain_text(re.compile(r"ce que vous avez dit après \d+\s*h.* peut manquer"))
        expect(page.locator("#leg-connection")).to_have_text("fermée")
        expect(page.locator("#leg-microphone")).to_have_text("éteint")
        expect(page.locator("#text")).to_contain_text(re.compile("dossier", re.I))
        expect(page.locator("#text .gap")).to_contain_text("Connexion perdue")
        expect(page.get_by_role("button", name="Reprendre à la suite du texte")).to_be_enabled()
