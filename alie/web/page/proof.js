// @ts-check
/** What proves who is speaking, asked for whenever the server has to be shown it. */
import { AlieError } from "./alie-error.js";

/** @typedef {() => string | null | Promise<string | null>} GetToken */

export class Proof {
  #getToken;

  /** @param {GetToken | null} getToken null where nobody asks who is speaking */
  constructor(getToken) {
    this.#getToken = getToken;
  }

  /** Whether there may be anything to show. */
  get isAskedFor() {
    return this.#getToken !== null;
  }

  /**
   * @returns {Promise<{token?: string}>} a field of the message that shows it; empty where there is nothing to show
   * @throws {AlieError} `TOKEN_FAILED`: it could not be had; why is not passed on, since it may hold the token
   */
  async field() {
    let token;
    try {
      token = await this.#getToken?.();
    } catch {
      throw new AlieError("TOKEN_FAILED", "The proof of who is speaking could not be renewed");
    }
    return token ? { token } : {};
  }

  /**
   * Shows a new one in a session that goes on.
   *
   * @param {(field: {token?: string}) => void} show
   * @param {(error: AlieError) => void} fail it could not be had: the session goes on while the old one lives
   */
  async renew(show, fail) {
    try {
      const field = await this.field();
      if (field.token) show(field);
    } catch (error) {
      fail(new AlieError("TOKEN_FAILED", /** @type {AlieError} */ (error).message, { fatal: false }));
    }
  }
}
