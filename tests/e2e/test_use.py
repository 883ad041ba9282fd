"""Using the page: languages, keyboard, screen reader, phone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.cases import ScriptedTestCase

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}
#: Contrast of every visible text with what lies behind it, as WCAG 2 computes it; disabled controls are exempt.
LOW_CONTRASTS = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = (color) => {
    const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = [...rgba(color)].map((value) => linear(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (rgba(color)[3] === 255) return color;
    }
    return "white";
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest(":disabled, .unseen, .drop")) continue;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${walker.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return low;
}"""

#: Buttons and fields smaller than a fingertip.
SMALL_TARGETS = """() => [...document.querySelectorAll("button, select, summary, textarea")]
  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 44)
  .map((element) => element.id || element.textContent)"""

STRUCTURE = """
- banner:
  - heading "Alie dictée en direct" [level=1]
  - button "English"
- main:
  - region "Commandes":
    - button "Commencer la dictée"
    - meter "Niveau du micro"
    - timer "Durée dictée": 00:00
    - button "Pause" [disabled]
    - region "État":
      - heading "État" [level=2]
    - text: Microphone
    - combobox "Microphone"
    - text: Langue parlée
    - combobox "Langue parlée"
  - region "Texte":
    - heading "Texte" [level=2]
    - group "Conserver le texte":
      - button "Copier" [disabled]
      - button "Télécharger le texte (.txt)" [disabled]
      - button "Télécharger les sous-titres SubRip (.srt)" [disabled]
      - button "Télécharger les sous-titres WebVTT (.vtt)" [disabled]
      - button "Effacer" [disabled]
    - alert
    - button "Transcrire un fichier audio…"
- contentinfo
"""


class UseTest(ScriptedTestCase):
    """The page serves everybody."""

    def test_languages(self) -> None:
        """French first though the browser wants English; that is one click away, remembered, and declared."""
        page = self.open_page(self.play(finals=["Bonjour."], seconds_per_final=0.3))
        expect(page.locator("html")).to_have_attribute("lang", "fr-CA")
        self.dictate(page, "Bonjour.")
        self.stop(page)
        english = page.get_by_role("button", name="English")
        expect(english).to_have_attribute("lang", "en-CA")
        english.click()
        expect(page.locator("html")).to_have_attribute("lang", "en-CA")
        expect(page).to_have_title("Alie – live dictation")
        expect(page.get_by_role("button", name="Start dictating")).to_be_visible()
        expect(page.locator("#leg-microphone")).to_have_text("off")
        expect(page.locator("#text")).to_contain_text("Bonjour.")
        page.click("#copy")
        page.reload()
        expect(page.get_by_role("button", name="Start dictating")).to_be_visible()
        page.get_by_role("button", name="Français").click()
        expect(page.get_by_role("button", name="Commencer la dictée")).to_be_visible()

    def test_keyboard_only(self) -> None:
        """Everything can be reached, is seen to be reached, and works without a mouse."""
        page = self.open_page(self.play(finals=["Un.", "Deux."], seconds_per_final=0.3))
        reached = []
        for _ in range(6):
            page.keyboard.press("Tab")
            focused = page.locator(":focus-visible")
            self.assertNotEqual(focused.evaluate("element => getComputedStyle(element).outlineStyle"), "none")
            reached.append(focused.get_attribute("id") or focused.evaluate("element => element.tagName"))
        self.assertEqual(reached, ["language", "toggle", "microphone", "spoken-language", "SUMMARY", "choose"])
        page.locator("#toggle").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#text")).to_contain_text("Deux.")
        page.keyboard.press("Alt+p")
        expect(page.locator("#leg-microphone")).to_have_text("en pause")
        page.keyboard.press("Alt+p")
        expect(page.locator("#leg-microphone")).to_have_text("capte le son")
        page.keyboard.press("Alt+r")
        expect(page.locator("body")).to_have_attribute("data-phase", "idle")
        page.keyboard.press("Alt+c")
        expect(page.get_by_role("status")).to_have_text("Texte copié.")
        said = [message["type"] for message in self.last_session()["messages"]]
        self.assertEqual(said, ["start_transcription", "flush", "pause", "unpause", "stop_transcription"])

    def test_pause_sends_nothing(self) -> None:
        """What is said in a pause does not leave the browser, while the level still moves."""
        page = self.open_page(self.play())
        page.click("#toggle")
        expect(page.locator("#leg-connection")).to_have_text("établie")
        page.click("#pause")
        expect(page.locator("#leg-microphone")).to_have_text("en pause")
        page.evaluate("() => { document.querySelector('#meter').style.setProperty('--level', 'untouched'); }")
        expect(page.locator("#meter")).not_to_have_attribute("style", "--level: untouched;")
        before = self.last_session()["audioBytes"]
        page.evaluate("() => { document.querySelector('#meter').style.setProperty('--level', 'untouched'); }")
        expect(page.locator("#meter")).not_to_have_attribute("style", "--level: untouched;")
        self.assertEqual(self.last_session()["audioBytes"], before)

    def test_vocabulary(self) -> None:
        """The phrases go to the server; what is too much is told and left out."""
        page = self.open_page(self.play())
        page.get_by_text("Vocabulaire", exact=True).click()
        page.get_by_label("Noms propres").fill("Mme Tremblay\n\n apixaban \n" + "x" * 101)
        page.click("#toggle")
        expect(page.locator("#leg-connection")).to_have_text("établie")
        expect(page.get_by_role("alert")).to_contain_text("limité à 100")
        self.assertEqual(self.last_session()["messages"][0]["vocabulary"], ["Mme Tremblay", "apixaban"])

    def test_screen_reader(self) -> None:
        """Landmarks, headings, names and roles are there, and shortcuts are declared."""
        page = self.open_page(self.play())
        expect(page.locator("body")).to_match_aria_snapshot(STRUCTURE)
        for element in page.locator("button:visible, select:visible, summary:visible").all():
            self.assertTrue(
                element.get_attribute("aria-label") or element.inner_text().strip() or element.get_attribute("id")
            )
        self.assertEqual(page.locator("#toggle").get_attribute("aria-keyshortcuts"), "Alt+R")
        expect(page.locator("footer")).to_contain_text("Alt+R")

    def test_contrast_and_targets(self) -> None:
        """All text is readable in both schemes, with warnings and partials on the page, and all targets can be hit."""
        page = self.trouble_on_the_page(viewport=DESK)
        self.assertEqual(page.evaluate(SMALL_TARGETS), [])
        self.assertEqual(page.evaluate(LOW_CONTRASTS), [])
        page.emulate_media(color_scheme="dark")
        self.assertEqual(page.evaluate(LOW_CONTRASTS), [])

    def test_phone(self) -> None:
        """On a phone nothing is wider than the screen; the big button is under the thumb and hides nothing."""
        page = self.trouble_on_the_page(viewport=PHONE, is_mobile=True, has_touch=True)
        for _ in range(2):
            self.assertEqual(page.evaluate("() => document.documentElement.scrollWidth"), PHONE["width"])
            expect(page.locator("#toggle")).to_be_in_viewport(ratio=1)
            self.assertEqual(page.evaluate(SMALL_TARGETS), [])
            page.click("#language")
        page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
        footer, button = page.locator("footer p").last.bounding_box(), page.locator(".recorder").bounding_box()
        assert footer is not None
        assert button is not None
        self.assertLessEqual(footer["y"] + footer["height"], button["y"])

    def test_reduced_motion(self) -> None:
        """Nothing moves by itself for those who asked for that."""
        page = self.open_page(self.play())
        page.click("#toggle")
        expect(page.locator("#leg-connection")).to_have_text("établie")
        self.assertEqual(page.evaluate("() => document.getAnimations().length"), 0)

    def trouble_on_the_page(self, **context: Any) -> Page:
        """A page with text, a lost connection, and a running dictation on top."""
        script = {"finals": ["Un deux.", "trois quatre cinq"], "seconds_per_final": 0.5, "drop_after_seconds": 0.8}
        page = self.open_page(self.play(**script), **context)
        page.click("#toggle")
        expect(page.get_by_role("alert")).to_contain_text("perdue")
        error = {"error": "Waiting", "code": "ENGINE_THROTTLED", "retryable": True, "fatal": False}
        self.play(finals=["six sept huit neuf dix"], seconds_per_final=30.0, error=error, draining=True)
        page.click("#toggle")
        expect(page.get_by_role("alert")).to_contain_text("très demandé")
        return page
