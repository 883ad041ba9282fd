// @ts-check
/** What proves who is speaking, asked for whenever the server has to be shown it. */
import { AlieError } from "./alie-error.js";

/** @typedef {() => string | null | Promise<string | null>} GetToken */

/** The server asks 120 s before the end and waits 60 s beyond it: so long a network that was gone may come back. */
const RETRY_MS = 20_000;
const TRIES = 9;

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
   * Shows a new one in a session that goes on; tried again and again while the old one may still live.
   *
   * @param {import("./connection.js").Connection} connection of the session
   * @param {(error: AlieError) => void} fail it could not be had: called once, the session goes on
   */
  async renew(connection, fail) {
    for (let tries = 0; tries < TRIES && !connection.isOver; tries += 1) {
      try {
        const field = await this.field();
        if (field.token && !connection.isOver) connection.say({ type: "authenticate", ...field });
        return;
      } catch (error) {
        if (tries === 0) fail(new AlieError("TOKEN_FAILED", /** @type {AlieError} */ (error).message, { fatal: false }));
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
