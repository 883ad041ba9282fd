// @ts-check
/**
 * Who is speaking: signed in with Supabase (e-mail and password), or by an access key. What proves it is held in memory
 * only: it is gone when the page is left. The password goes to Supabase and nowhere else.
 */

/** A token is renewed when it would not live longer than this: the server asks for a new one 120 s before its end. */
const RENEWED_BEFORE_S = 150;

/**
 * @typedef {"supabase" | "key" | null} Way how to sign in; null: nobody has to
 * @typedef {{signIn?: Way, wsRequireAuth?: boolean, supabaseUrl?: string, supabaseAnonKey?: string}} Config of `/api/config`
 */

/** Why nobody was signed in: `code` is "SIGN_IN_REFUSED" or "SIGN_IN_UNREACHABLE". */
export class SignInError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.name = "SignInError";
    this.code = code;
  }
}

/** Says "change" when somebody is signed in or out. */
export class Identity extends EventTarget {
  /** @type {Way} */ way = null;
  #url = "";
  #anonKey = "";
  #token = "";
  #refreshToken = "";
  #expiresAt = Infinity;
  /** What is asked counts only until somebody signs in or out. */
  #turn = 0;
  #fetch;

  /** @param {typeof fetch} [fetch] for tests */
  constructor(fetch = globalThis.fetch) {
    super();
    // Browsers' own refuses to be called as a method of anything else.
    this.#fetch = fetch.bind(globalThis);
  }

  /** @param {Config} config what the server says of itself */
  configure({ signIn = null, wsRequireAuth = false, supabaseUrl = "", supabaseAnonKey = "" }) {
    this.way = wsRequireAuth ? signIn : null;
    this.#url = supabaseUrl.replace(/\/$/, "");
    this.#anonKey = supabaseAnonKey;
    this.#changed();
  }

  get isSignedIn() {
    return this.#token !== "";
  }

  /** Whether somebody has to sign in before they can dictate. */
  get isOwed() {
    return this.way !== null && !this.isSignedIn;
  }

  /**
   * @param {string} email
   * @param {string} password
   * @throws {SignInError}
   */
  async signIn(email, password) {
    await this.#ask("password", { email, password });
    this.#changed();
  }

  /** @param {string} key an access key of this server; the server itself says whether it is good */
  useKey(key) {
    this.#turn += 1;
    this.#token = key.trim();
    this.#refreshToken = "";
    this.#expiresAt = Infinity;
    this.#changed();
  }

  signOut() {
    this.#turn += 1;
    this.#token = this.#refreshToken = "";
    this.#changed();
  }

  /**
   * @returns {Promise<string | null>} what proves who is speaking, good for a while yet; null where nobody is signed in
   * @throws {SignInError} it could not be renewed
   */
  async token() {
    if (!this.isSignedIn) return null;
    if (this.#refreshToken && this.#expiresAt - Date.now() / 1000 < RENEWED_BEFORE_S) {
      await this.#ask("refresh_token", { refresh_token: this.#refreshToken });
    }
    return this.#token || null;
  }

  /**
   * @param {string} grant of Supabase Auth's `/token`
   * @param {object} body
   */
  async #ask(grant, body) {
    const turn = this.#turn;
    let answer;
    let status;
    try {
      const response = await this.#fetch(`${this.#url}/auth/v1/token?grant_type=${grant}`, {
        method: "POST",
        headers: { apikey: this.#anonKey, "Content-Type": "application/json" },
        body: JSON.stringify(body),
        credentials: "omit",
        referrerPolicy: "no-referrer",
      });
      status = response.status;
      answer = await response.json();
    } catch {
      throw new SignInError("SIGN_IN_UNREACHABLE");
    }
    if (status >= 500) throw new SignInError("SIGN_IN_UNREACHABLE");
    if (status !== 200 || typeof answer?.access_token !== "string") throw new SignInError("SIGN_IN_REFUSED");
    if (turn !== this.#turn) return;
    this.#token = answer.access_token;
    this.#refreshToken = answer.refresh_token ?? "";
    this.#expiresAt = Date.now() / 1000 + (answer.expires_in ?? 3600);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * @param {typeof fetch} [fetch] for tests
 * @returns {Promise<Config>} what the server says; empty where it does not answer: dictating will tell why
 */
export async function readConfig(fetch = globalThis.fetch) {
  try {
    const response = await fetch("api/config");
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}
