"""Who dictates says so first, where the server wants to know; what proves it stays in the page's memory."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.cases import ScriptedTestCase

SUPABASE = {"signIn": "supabase", "wsRequireAuth": True, "supabaseUrl": "", "supabaseAnonKey": "anon"}
KEY = {"signIn": "key", "wsRequireAuth": True}
STORED = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"


class SignInTest(ScriptedTestCase):
    """The dialog, the tokens that come of it, and what is left of them: nothing."""

    def open(self, config: dict[str, Any], **script: Any) -> Page:
        """The page of a server that says this of itself."""
        return self.open_page(self.play(config=config, finals=["Bonjour."], seconds_per_final=0.3, **script))

    def sign_in(self, page: Page, password: str = "good") -> None:
        """Types and presses Enter."""
        page.get_by_label("Courriel").fill("anne@clinique.ca")
        page.get_by_label("Mot de passe").fill(password)
        page.keyboard.press("Enter")

    def first_message(self) -> Any:
        """What began the last session."""
        return self.last_session()["messages"][0]

    def test_with_supabase(self) -> None:
        """Asked before the microphone is; a wrong password is said to be wrong, and can be typed again."""
        page = self.open(SUPABASE)
        page.click("#toggle")
        expect(page.get_by_role("dialog", name="Qui dicte?")).to_be_visible()
        self.sign_in(page, "wrong")
        expect(page.locator("#sign-in-failure")).to_have_text("Le courriel ou le mot de passe est erroné.")
        self.sign_in(page)
        expect(page.locator("#text")).to_contain_text("Bonjour.")
        self.assertRegex(self.first_message()["token"], r"^token-\d+$")
        expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
        stored = page.evaluate(STORED)
        self.assertFalse([part for part in ("token", "anne", "good") if part in stored], stored)
        self.assertEqual(page.locator("#password").input_value(), "")
        self.stop(page)

    def test_with_a_key(self) -> None:
        """Held until the user signs out, or leaves."""
        page = self.open(KEY)
        page.click("#toggle")
        page.get_by_label("Clé d’accès").fill("alie_abc_def")
        page.get_by_role("dialog").get_by_role("button", name="Se connecter").click()
        expect(page.locator("#text")).to_contain_text("Bonjour.")
        self.assertEqual(self.first_message()["token"], "alie_abc_def")
        self.stop(page)
        page.get_by_role("button", name="Se déconnecter").click()
        page.click("#toggle")
        expect(page.get_by_role("dialog")).to_be_visible()
        self.assertEqual(page.locator("#access-key").input_value(), "")
        page.get_by_role("button", name="Annuler").click()
        expect(page.locator("body")).to_have_attribute("data-phase", "idle")

    def test_nobody_is_asked_where_nobody_cares(self) -> None:
        """As before."""
        page = self.open({"signIn": None, "wsRequireAuth": False})
        self.dictate(page, "Bonjour.")
        self.assertNotIn("token", self.first_message())
        expect(page.locator("#account")).to_be_hidden()
        self.stop(page)

    def test_renewed_while_dictating(self) -> None:
        """When the server says that the token expires, a new one is shown."""
        page = self.open(SUPABASE, expiring=True, token_seconds=100)
        page.click("#toggle")
        self.sign_in(page)
        expect(page.locator("#text")).to_contain_text("Bonjour.")
        self.stop(page)
        shown = [message["token"] for message in self.last_session()["messages"] if "token" in message]
        self.assertEqual(len(set(shown)), 2, shown)

    def test_refused_by_the_server(self) -> None:
        """It says why, and offers the dialog again."""
        refusal = {"code": "AUTH_INVALID", "error": "Invalid token", "retryable": False, "fatal": True}
        page = self.open(KEY, refuse=refusal)
        page.click("#toggle")
        page.get_by_label("Clé d’accès").fill("alie_abc_def")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("n’accepte pas votre connexion")
        page.get_by_role("button", name="Se reconnecter").click()
        expect(page.get_by_role("dialog")).to_be_visible()
