"""The text: how it grows, and how it gets out of the page."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.cases import ScriptedTestCase

FIRST = "Le patient rapporte une douleur."
SECOND = "Aucune fièvre."
LAST_WORDS = "Suivi dans deux semaines."
WHOLE = f"{FIRST} {SECOND} {LAST_WORDS}"


class TextTest(ScriptedTestCase):
    """What was said is shown, kept and given out."""

    def dictated(self) -> Page:
        """A page on which three sentences were dictated, the last one answered only after the stop."""
        url = self.play(finals=[FIRST, SECOND], seconds_per_final=0.4, last_words=LAST_WORDS)
        page = self.open_page(url)
        self.dictate(page, SECOND)
        self.stop(page)
        return page

    def test_partials_turn_into_finals(self) -> None:
        """Grey grows behind the text and becomes part of it; screen readers hear finals only."""
        page = self.open_page(self.play(finals=[FIRST, SECOND], seconds_per_final=2.0))
        page.click("#toggle")
        expect(page.locator(".partial")).to_have_text(re.compile("^Le patient"))
        expect(page.locator("#said")).to_be_empty()
        expect(page.locator("#text span:not(.partial)").first).to_have_text(FIRST)
        expect(page.locator("#said")).to_have_text(FIRST)
        expect(page.locator("#text")).not_to_have_attribute("aria-live", re.compile("."))
        grey, ink = (
            page.locator(f"#text span{kind}").first.evaluate("element => getComputedStyle(element).color")
            for kind in (".partial", ":not(.partial)")
        )
        self.assertNotEqual(grey, ink)

    def test_stop_waits_for_the_last_words(self) -> None:
        """What comes after `stop_transcription` is in the text; the socket closes in good order, and only then."""
        page = self.dictated()
        self.assertEqual(self.text(page), WHOLE)
        session = self.last_session()
        self.assertEqual(
            [message["type"] for message in session["messages"]], ["start_transcription", "stop_transcription"]
        )
        self.assertEqual(session["closeCode"], 1000)
        start = session["messages"][0]
        self.assertEqual((start["languageCode"], start["sampleRate"], start["words"]), ("fr-CA", 16000, True))

    def test_copy(self) -> None:
        """The clipboard holds the text; where the browser refuses, the text is selected for the user instead."""
        page = self.dictated()
        page.evaluate(
            """() => {
              const write = navigator.clipboard.writeText.bind(navigator.clipboard);
              navigator.clipboard.writeText = () => {
                navigator.clipboard.writeText = write;
                return Promise.reject(new Error("refused"));
              };
            }"""
        )
        page.click("#copy")
        expect(page.get_by_role("status")).to_contain_text("Ctrl+C")
        self.assertEqual(page.evaluate("() => getSelection().toString().trim()"), WHOLE)
        page.click("#clear")
        page.get_by_role("dialog").get_by_role("button", name="Garder").click()
        page.click("#copy")
        expect(page.get_by_role("status")).to_have_text("Texte copié.")
        self.assertEqual(page.evaluate("() => navigator.clipboard.readText()"), f"{WHOLE}\n")

    def test_downloads(self) -> None:
        """Three files with the right names and contents; the text counts as saved then."""
        page = self.dictated()
        contents = {}
        for suffix in ("txt", "srt", "vtt"):
            with page.expect_download() as download:
                page.click(f"#save-{suffix}")
            name = download.value.suggested_filename
            self.assertRegex(name, rf"^dictee-\d{{4}}-\d\d-\d\d-\d{{4}}\.{suffix}$")
            contents[suffix] = Path(download.value.path()).read_bytes().decode()
        self.assertEqual(contents["txt"], f"{WHOLE}\n")
        self.assertRegex(
            contents["srt"], r"^1\r\n00:00:00,000 --> 00:00:00,\d{3}\r\nLe patient rapporte une douleur\.\r\n\r\n2\r\n"
        )
        self.assertRegex(
            contents["vtt"], r"^WEBVTT\n\n00:00:00\.000 --> 00:00:00\.\d{3}\nLe patient rapporte une douleur\.\n\n"
        )
        page.click("#clear")
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(page.locator("#empty")).to_be_visible()

    def test_leaving(self) -> None:
        """Leaving asks while text is neither copied nor downloaded, and not afterwards."""
        page = self.dictated()
        self.assertAsksBeforeItCloses(page)
        page.click("#copy")
        expect(page.get_by_role("status")).to_have_text("Texte copié.")
        with page.expect_event("close"):
            page.close(run_before_unload=True)

    def test_leaving_while_dictating(self) -> None:
        """Leaving asks while the microphone is on, whatever the text."""
        page = self.open_page(self.play())
        page.click("#toggle")
        expect(page.locator("#leg-connection")).to_have_text("établie")
        self.assertAsksBeforeItCloses(page)
        self.stop(page)

    def assertAsksBeforeItCloses(self, page: Page) -> None:
        """The browser asks, and the page stays if the user wants it to."""
        with page.expect_event("dialog") as asked:
            page.close(run_before_unload=True)
        self.assertEqual(asked.value.type, "beforeunload")
        asked.value.dismiss()

    def test_clear(self) -> None:
        """Clearing asks first, and can be refused."""
        page = self.dictated()
        page.click("#clear")
        page.get_by_role("button", name="Garder").click()
        self.assertEqual(self.text(page), WHOLE)
        page.click("#clear")
        page.get_by_role("dialog").get_by_role("button", name="Effacer").click()
        expect(page.locator("#empty")).to_be_visible()
        expect(page.locator("#copy")).to_be_disabled()

    def test_second_dictation(self) -> None:
        """A second dictation goes on below the first, later on the same clock."""
        page = self.dictated()
        self.play(finals=["Deuxième dictée."], seconds_per_final=0.3)
        self.dictate(page, "Deuxième dictée.")
        self.stop(page)
        expect(page.locator("#text p")).to_have_count(2)
        with page.expect_download() as download:
            page.click("#save-vtt")
        cues = Path(download.value.path()).read_text().strip().split("\n\n")[1:]
        starts = [cue.split(" --> ")[0] for cue in cues]
        self.assertEqual(starts, sorted(starts))
        self.assertGreater(starts[-1], "00:00:00.700")

    def test_nothing_is_stored(self) -> None:
        """Neither text nor vocabulary outlives the page; the page's language does."""
        page = self.dictated()
        page.get_by_text("Vocabulaire", exact=True).click()
        page.fill("#vocabulary", "Tremblay")
        page.click("#language")
        stored = page.evaluate("() => ({...localStorage, ...sessionStorage})")
        self.assertEqual(stored, {"alie.language": "en"})
        self.assertEqual(page.evaluate("() => indexedDB.databases()"), [])
        self.assertEqual(page.context.cookies(), [])
