"""A connection that is cut, and a daemon that is killed, in mid-sentence: every word comes once."""

from __future__ import annotations

import re
import signal

import jiwer
from playwright.sync_api import Page, expect

from tests.e2e import shared
from tests.e2e.cases import PageTestCase, ScriptedTestCase
from tests.e2e.processes import start_daemon, start_relay

RECORDINGS = ("fr-05-queue-periodic-announce", "fr-06-privacy-prompt", shared.SENTENCE)
SPOKEN = (
    "tous nos représentants sont présentement occupés veuillez demeurer en ligne et le prochain représentant "
    "disponible vous répondra sous peu veuillez entrer votre numéro de téléphone en commençant par l indicatif "
    "régional dans quel dossier souhaitez vous conserver ce message"
)
#: Each is said once, and heard well.
ONCE = ("présentement", "prochain", "disponible", "répondra", "téléphone", "indicatif", "dossier", "message")
#: Wrong words out of all that may be tolerated; the engine has its own tests for how well it hears.
MAX_WORD_ERROR_RATE = 0.3
#: A machine that is busy with other tests is slow, not wrong.
WORDS_TIMEOUT_MS = 240_000


def words(text: str) -> list[str]:
    """A text without what two good transcripts may differ in."""
    return re.findall(r"\w+", text.lower())


def _said(name: str) -> str:
    rows = (shared.SPEECH / "manifest.tsv").read_text().splitlines()
    return " ".join(words(next(row for row in rows if row.startswith(f"{name}.")).split("\t")[3]))


LONG = _said("fr-long")


class CutTest(PageTestCase):
    """What the page does about it, with a real daemon and real speech."""

    def dictate(self, url: str, until: str) -> Page:
        """Starts a dictation, and waits until a word of its first sentence is shown."""
        page = self.open_page(url, hears=shared.speech_file(*RECORDINGS))
        page.click("#toggle")
        expect(page.locator("#text")).to_contain_text(re.compile(until, re.I), timeout=WORDS_TIMEOUT_MS)
        return page

    def assertGoesOn(self, page: Page) -> None:
        """The connection comes back, and all that was said is in the text, once; the page speaks of no loss."""
        expect(page.locator("#leg-connection")).to_have_text("établie", timeout=WORDS_TIMEOUT_MS)
        # The microphone may have fallen silent meanwhile, and that is told.
        expect(page.get_by_role("alert")).not_to_contain_text(re.compile("connexion|audio", re.I))
        expect(page.locator("#text")).to_contain_text(re.compile("message", re.I), timeout=WORDS_TIMEOUT_MS)
        page.click("#toggle")
        expect(page.locator("body")).to_have_attribute("data-phase", "idle", timeout=WORDS_TIMEOUT_MS)
        expect(page.get_by_role("alert")).not_to_contain_text(re.compile("connexion|audio", re.I))
        expect(page.locator("#text .gap, #text .unconfirmed")).to_have_count(0)
        heard = words(self.text(page))
        self.assertEqual({word: heard.count(word) for word in ONCE}, dict.fromkeys(ONCE, 1), heard)
        self.assertLess(jiwer.wer(SPOKEN, " ".join(heard)), MAX_WORD_ERROR_RATE, heard)

    def assertTold(self, page: Page) -> None:
        """The page says that there is no connection, and that what is said is kept."""
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("La connexion est perdue")
        expect(alert).to_contain_text("gardé dans cette page")
        expect(page.locator("#leg-connection")).to_contain_text(re.compile(r"se rétablit… \(\d+\xa0s en attente\)"))
        expect(page.locator("#leg-microphone")).to_have_text("capte le son")

    def test_cut_in_mid_sentence(self) -> None:
        """The session is taken up again; what was said meanwhile is sent afterwards."""
        relay = start_relay(shared.daemon().url)
        self.addCleanup(relay.stop)
        page = self.dictate(relay.url, "présentement")
        relay.signal(signal.SIGUSR1)
        self.assertTold(page)
        # The user speaks on for two seconds.
        second = page.locator("#timer").inner_text()
        expect(page.locator("#timer")).not_to_have_text(second)
        second = page.locator("#timer").inner_text()
        expect(page.locator("#timer")).not_to_have_text(second)
        relay.signal(signal.SIGUSR2)
        self.assertGoesOn(page)

    def test_daemon_killed_in_mid_sentence(self) -> None:
        """Another daemon at the same place hears what was not safe yet."""
        daemon = start_daemon()
        self.addCleanup(daemon.stop)
        page = self.dictate(daemon.url, "présentement")
        daemon.kill()
        self.assertTold(page)
        another = start_daemon(int(daemon.url.rpartition(":")[2]))
        self.addCleanup(another.stop)
        self.assertGoesOn(page)

    def test_daemon_restarted_in_mid_sentence(self) -> None:
        """The page says why, waits as long as it was asked to, and goes on with the next daemon."""
        daemon = start_daemon()
        self.addCleanup(daemon.stop)
        page = self.dictate(daemon.url, "présentement")
        daemon.stop()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("Le serveur s’arrête pour une mise à jour. Alie rétablit la connexion")
        another = start_daemon(int(daemon.url.rpartition(":")[2]))
        self.addCleanup(another.stop)
        self.assertGoesOn(page)

    def test_file(self) -> None:
        """A recording goes on where it was, and nothing of it is transcribed twice."""
        relay = start_relay(shared.daemon().url)
        self.addCleanup(relay.stop)
        page = self.open_page(relay.url)
        page.set_input_files("#file", shared.SPEECH / "fr-long.flac")
        expect(page.locator("#text")).to_contain_text("service", timeout=WORDS_TIMEOUT_MS)
        relay.signal(signal.SIGUSR1)
        expect(page.get_by_role("alert")).to_contain_text("La connexion est perdue")
        expect(page.locator("#leg-microphone")).to_have_text("inutile pour un fichier")
        relay.signal(signal.SIGUSR2)
        expect(page.locator("body")).to_have_attribute("data-phase", "idle", timeout=WORDS_TIMEOUT_MS)
        expect(page.get_by_role("alert")).to_be_empty()
        heard = words(self.text(page))
        once = ("indicatif", "disponible", "localiser", "verrouillée", "débogage", "destinataire", "responsable")
        self.assertEqual({word: heard.count(word) for word in once}, dict.fromkeys(once, 1), heard)
        self.assertLess(jiwer.wer(LONG, " ".join(heard)), MAX_WORD_ERROR_RATE, heard)


class LeavingTest(ScriptedTestCase):
    """A user who goes."""

    def test_the_page_is_left(self) -> None:
        """The server is told that nobody comes back; it need not keep a place."""
        page = self.open_page(self.play())
        page.click("#toggle")
        expect(page.locator("#leg-connection")).to_have_text("établie")
        page.on("dialog", lambda dialog: dialog.accept())
        page.reload()
        code = page.wait_for_function("async () => (await (await fetch('journal')).json()).at(-1).closeCode")
        self.assertEqual(code.json_value(), 1000)
