// @ts-check
/** The dialog in which a user says who they are, and the button that opens it or signs them out. */
import { element } from "./view.js";

/**
 * @typedef {import("./identity.js").Identity} Identity
 * @typedef {import("./identity.js").SignInError} SignInError
 * @typedef {import("./locale.js").Locale} Locale
 */

export class SignIn {
  #identity;
  #locale;
  /** @type {(isSignedIn: boolean) => void} */ #answer = () => {};
  /** @type {string | null} */ #failure = null;

  /**
   * @param {Identity} identity
   * @param {Locale} locale
   */
  constructor(identity, locale) {
    this.#identity = identity;
    this.#locale = locale;
    identity.addEventListener("change", () => this.render());
    element("account").addEventListener("click", () => this.#toggle());
    element("sign-in-cancel").addEventListener("click", () => element("sign-in").close());
    element("sign-in").addEventListener("close", () => this.#closed());
    element("sign-in-form").addEventListener("submit", (/** @type {Event} */ event) => {
      // A form that navigated would put what was typed into an address.
      event.preventDefault();
      this.#submit();
    });
  }

  /** Asks who is there, where that is owed; resolves with whether a dictation may be tried. */
  async ask() {
    if (!this.#identity.isOwed) return true;
    this.#failure = null;
    this.render();
    element("sign-in").showModal();
    return new Promise((resolve) => (this.#answer = resolve));
  }

  render() {
    const { way, isSignedIn } = this.#identity;
    element("account").hidden = way === null;
    element("account").textContent = this.#locale.say(isSignedIn ? "signOut" : "signIn");
    for (const [id, of] of [["sign-in-supabase", "supabase"], ["sign-in-key", "key"]]) {
      element(id).hidden = element(id).disabled = way !== of;
    }
    element("sign-in-failure").textContent = this.#failure ? this.#locale.say(`notice.${this.#failure}`) : "";
  }

  #toggle() {
    if (this.#identity.isSignedIn) this.#identity.signOut();
    else this.ask();
  }

  async #submit() {
    element("sign-in-go").disabled = true;
    try {
      if (this.#identity.way === "key") this.#identity.useKey(element("access-key").value);
      else await this.#identity.signIn(element("email").value, element("password").value);
      element("sign-in").close();
    } catch (error) {
      this.#failure = /** @type {SignInError} */ (error).code;
      this.render();
      element("password").select();
    } finally {
      element("sign-in-go").disabled = false;
    }
  }

  #closed() {
    // What was typed is not kept where a script, or whoever comes next, could read it.
    for (const id of ["password", "access-key"]) element(id).value = "";
    this.#answer(this.#identity.isSignedIn);
    this.#answer = () => {};
  }
}
