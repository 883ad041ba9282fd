"""What can go wrong is said in words, and takes no text with it."""

from __future__ import annotations

import base64
import re
import wave

from playwright.sync_api import Page, expect

from tests.e2e import shared
from tests.e2e.cases import ScriptedTestCase
from tests.e2e.processes import start_scripted_server

#: Keeps the open microphone where a test can reach it: no browser lets one pull its plug.
KEEP_TRACK = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open(wanted);
  window.track = stream.getAudioTracks()[0];
  return stream;
};
"""
FAIL_TO_OPEN = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", window.failure));
"""
HEAR_ZEROS = """
navigator.mediaDevices.getUserMedia = async () => new AudioContext().createMediaStreamDestination().stream;
"""
KEEP_AWAKE = """
window.locks = [];
Object.defineProperty(navigator, "wakeLock", { value: { request: async (type) => {
  const lock = { type, released: false, release: async () => { lock.released = true; } };
  window.locks.push(lock);
  return lock;
} } });
"""
HIDE_AND_SHOW = """() => {
  Object.defineProperty(document, "visibilityState", { value: "visible" });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def fire(page: Page, event: str) -> None:
    """Lets the open microphone's track say something."""
    page.evaluate("event => track.dispatchEvent(new Event(event))", event)


class MicrophoneTroubleTest(ScriptedTestCase):
    """Microphones that do not hear."""

    def test_silent(self) -> None:
        """Five seconds of nothing but zeros are told; the dictation goes on."""
        page = self.open_page(self.play(finals=["Oui."], seconds_per_final=6.0), script=HEAR_ZEROS)
        page.click("#toggle")
        expect(page.locator("#leg-microphone")).to_have_text("capte le son")
        expect(page.get_by_role("alert")).to_contain_text("que du silence", timeout=15_000)
        expect(page.locator("#leg-microphone")).to_have_text("n’entend rien")
        expect(page.locator("#text")).to_contain_text("Oui.")

    def test_muted_and_back(self) -> None:
        """A muted microphone is told, and the warning goes when it hears again."""
        page = self.open_page(self.play(), script=KEEP_TRACK)
        page.click("#toggle")
        expect(page.locator("#leg-microphone")).to_have_text("capte le son")
        fire(page, "mute")
        expect(page.locator("#leg-microphone")).to_have_text("coupé par l’appareil")
        expect(page.get_by_role("alert")).to_contain_text("Rien n’est entendu")
        fire(page, "unmute")
        expect(page.locator("#leg-microphone")).to_have_text("capte le son")
        expect(page.get_by_role("alert")).to_be_empty()

    def test_unplugged_and_another(self) -> None:
        """An unplugged microphone is told, the session waits, and goes on with another one."""
        page = self.open_page(self.play(finals=["Un."], seconds_per_final=3.0), script=KEEP_TRACK)
        page.click("#toggle")
        expect(page.locator("#leg-connection")).to_have_text("établie")
        fire(page, "ended")
        expect(page.locator("#leg-microphone")).to_have_text("débranché")
        expect(page.get_by_role("alert")).to_contain_text("débranché")
        page.get_by_role("button", name="Prendre le micro par défaut").click()
        expect(page.locator("#leg-microphone")).to_have_text("capte le son")
        expect(page.get_by_role("alert")).to_be_empty()
        expect(page.locator("#text")).to_contain_text("Un.")
        self.stop(page)
        said = [message["type"] for message in self.last_session()["messages"]]
        self.assertEqual(said, ["start_transcription", "pause", "unpause", "stop_transcription"])

    def test_not_to_be_opened(self) -> None:
        """Refused, missing and busy each have their own sentence, and no session is opened."""
        cases = {"NotAllowedError": "refusé", "NotFoundError": "Aucun micro", "NotReadableError": "occupé"}
        page = self.open_page(self.play(), script=FAIL_TO_OPEN)
        for name, sentence in cases.items():
            page.evaluate("name => { window.failure = name; }", name)
            page.click("#toggle")
            expect(page.get_by_role("alert")).to_contain_text(sentence)
            expect(page.locator("body")).to_have_attribute("data-phase", "idle")
            expect(page.locator("#leg-connection")).to_have_text("fermée")

    def test_insecure_context(self) -> None:
        """Over plain http from elsewhere the page says why there is no microphone; files still work."""
        url = self.play().replace("127.0.0.1", shared.INSECURE_HOST)
        page = self.open_page(url)
        page.click("#toggle")
        expect(page.get_by_role("alert")).to_contain_text("https")
        expect(page.locator("#choose")).to_be_enabled()

    def test_screen_stays_awake(self) -> None:
        """The lock is held while dictating, taken again when the page comes back, and let go at the end."""
        page = self.open_page(self.play(), script=KEEP_AWAKE)
        page.click("#toggle")
        expect(page.locator("#leg-connection")).to_have_text("établie")
        self.assertEqual(page.evaluate("() => locks.length"), 1)
        page.evaluate(HIDE_AND_SHOW)
        self.assertEqual(page.evaluate("() => locks.length"), 2)
        self.stop(page)
        self.assertTrue(page.evaluate("() => locks[1].released"))


class ConnectionTroubleTest(ScriptedTestCase):
    """Servers that do not answer, or go."""

    def test_lost_and_gone_on(self) -> None:
        """A cut connection keeps finals and what was being said, marks the gap, and a new start goes on below it."""
        url = self.play(finals=["Un deux.", "trois quatre cinq six"], seconds_per_final=0.6, drop_after_seconds=0.9)
        page = self.open_page(url)
        page.click("#toggle")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text(re.compile("La connexion est perdue.*ce que vous avez dit après .* peut manquer"))
        expect(page.locator("#leg-connection")).to_contain_text("perdue à")
        expect(page.locator("#text .unconfirmed")).to_contain_text("[non confirmé\u00a0: trois")
        expect(page.locator("#text .gap")).to_contain_text("Connexion perdue")
        self.play(finals=["Reprise."], seconds_per_final=0.3)
        alert.get_by_role("button", name="Reprendre à la suite du texte").click()
        expect(page.locator("#text")).to_contain_text("Reprise.")
        expect(alert).to_be_empty()
        self.stop(page)
        page.click("#copy")
        copied = page.evaluate("() => navigator.clipboard.readText()")
        self.assertRegex(
            copied, r"^Un deux\. \[non confirmé\u00a0: trois.*\]\n\n\[Connexion perdue.*\]\n\nReprise\.\n$"
        )

    def test_no_server(self) -> None:
        """A server that is gone is told as such, also when the microphone's module cannot be fetched any more."""
        server = start_scripted_server()
        self.addCleanup(server.stop)
        page = self.open_page(server.url)
        server.kill()
        page.click("#toggle")
        expect(page.get_by_role("alert")).to_contain_text("Le serveur est injoignable")
        expect(page.locator("body")).to_have_attribute("data-phase", "idle")

    def test_no_session(self) -> None:
        """A server that lets nobody in is told, and that what was said meanwhile went nowhere."""
        page = self.open_page(self.play(closed=True))
        page.click("#toggle")
        expect(page.get_by_role("alert")).to_contain_text("Le serveur est injoignable. Ce que vous venez de dire")
        expect(page.locator("#leg-connection")).to_have_text("serveur injoignable")

    def test_refused_by_the_server(self) -> None:
        """The server's own reasons are told in the user's language, or in the server's words where they are new."""
        refusal = {"error": "No seat", "code": "CAPACITY", "retryable": True, "fatal": True, "closeCode": 1013}
        page = self.open_page(self.play(refuse=refusal))
        page.click("#toggle")
        expect(page.get_by_role("alert")).to_contain_text("Toutes les places sont prises.")
        self.play(refuse={**refusal, "code": "NEVER_HEARD_OF", "error": "Something new"})
        page.get_by_role("button", name="Reprendre").click()
        expect(page.get_by_role("alert")).to_contain_text("Something new")

    def test_passing_trouble(self) -> None:
        """What the server says in passing is told, and the dictation goes on."""
        error = {"error": "Waiting", "code": "ENGINE_THROTTLED", "retryable": True, "fatal": False}
        recovering = {"state": "recovering", "engine": "amazon"}
        page = self.open_page(self.play(error=error, engine_status=recovering, draining=True, lost_seconds=1.5))
        page.click("#toggle")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("très demandé")
        expect(alert).to_contain_text("Le serveur va redémarrer")
        expect(alert).to_contain_text("Alie continue d’écouter; les mots viendront dans un instant.")
        expect(page.locator("#leg-engine")).to_have_text("se rétablit (Amazon Transcribe)…")
        page.get_by_role("button", name="Fermer").first.click()
        expect(page.locator(".notice")).to_have_count(2)
        self.stop(page)
        expect(alert).not_to_contain_text("Alie continue d’écouter")
        expect(alert).to_contain_text("1,5\u00a0s d’audio")

    def test_engine_that_takes_over(self) -> None:
        """Said in passing, where a screen reader hears it; the leg goes on telling it."""
        page = self.open_page(self.play(engine_status={"state": "failed_over", "engine": "embedded"}))
        page.click("#toggle")
        expect(page.locator("#status")).to_have_text("Un autre moteur (intégré) a pris le relais. La dictée continue.")
        expect(page.get_by_role("status")).to_be_visible()
        expect(page.locator("#leg-engine")).to_have_text("relayé par intégré")
        expect(page.locator(".notice")).to_have_count(0)
        self.stop(page)


class RecordingTest(ScriptedTestCase):
    """Audio files."""

    def drop(self, page: Page, name: str, content: bytes) -> None:
        """Drops a file on the page."""
        transfer = page.evaluate_handle(
            """([name, content]) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([Uint8Array.from(atob(content), (char) => char.charCodeAt(0))], name));
              return transfer;
            }""",
            [name, base64.b64encode(content).decode()],
        )
        page.dispatch_event("body", "dragover", {"dataTransfer": transfer})
        expect(page.locator("#drop")).to_be_visible()
        page.dispatch_event("body", "drop", {"dataTransfer": transfer})
        expect(page.locator("#drop")).to_be_hidden()

    def test_dropped_file(self) -> None:
        """A dropped recording is resampled to 16 kHz and sent whole, without a microphone."""
        page = self.open_page(self.play(finals=["Fichier."], seconds_per_final=0.5))
        recording = shared.speech_file("fr-02-conf-invalid", seconds=1.0)
        self.drop(page, "essai.wav", recording.read_bytes())
        expect(page.locator("#text")).to_contain_text("Fichier.")
        expect(page.locator("body")).to_have_attribute("data-phase", "idle")
        with wave.open(str(recording)) as source:
            seconds = source.getnframes() / source.getframerate()
        self.assertEqual(self.last_session()["audioBytes"], int(seconds * 16000) * 2)
        expect(page.locator("#leg-microphone")).to_have_text("éteint")

    def test_not_audio(self) -> None:
        """A file that is no audio is told by its name, and no session is opened."""
        page = self.open_page(self.play())
        self.drop(page, "notes.txt", b"not audio")
        expect(page.get_by_role("alert")).to_contain_text("«\u00a0notes.txt\u00a0» ne contient pas d’audio")
        expect(page.locator("#leg-connection")).to_have_text("fermée")

    def test_cut_short(self) -> None:
        """A recording whose connection is lost says how far it got."""
        page = self.open_page(self.play(finals=["Un."], seconds_per_final=0.5, drop_after_seconds=1.0))
        self.drop(page, "essai.wav", shared.speech_file("fr-02-conf-invalid").read_bytes())
        expect(page.get_by_role("alert")).to_contain_text("Le fichier n’est transcrit que jusqu’à 00:00.")
        expect(page.locator("body")).to_have_attribute("data-phase", "idle")
