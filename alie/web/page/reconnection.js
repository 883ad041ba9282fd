// @ts-check
/** When to try again after a cut: soon, then less and less often, never all clients at once, and not for ever. */

/** Longest wait before the first attempt; the second waits twice as long at most, and so on. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10000;

export class Reconnection {
  /** How many attempts there were since the session was last well. */ attempts = 0;
  #giveUpAfterMs;
  #random;
  #attempt;
  /** @type {ReturnType<typeof setTimeout> | undefined} of the next attempt */ #timer;
  /** @type {number | null} when the connection was lost, ms since 1970 */ #lostAt = null;
  /** Time spent without a connection before that, ms: a session that is lost again and again is not well. */ #spentMs = 0;

  /**
   * @param {{reconnectForMs: number, random: () => number}} options
   * @param {() => void} attempt makes one
   */
  constructor({ reconnectForMs, random }, attempt) {
    this.#giveUpAfterMs = reconnectForMs;
    this.#random = random;
    this.#attempt = attempt;
  }

  /** How long it goes on trying at most, ms. */
  get remainingMs() {
    const now = this.#lostAt === null ? 0 : Date.now() - this.#lostAt;
    return this.#giveUpAfterMs - this.#spentMs - now;
  }

  /**
   * The connection, or an attempt at one, has failed: makes the next attempt in a while.
   *
   * @param {number} atLeastMs how long the server wants to be left alone
   * @returns {number | null} when, ms since 1970; null: there is no time left for one
   */
  plan(atLeastMs) {
    this.#lostAt ??= Date.now();
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.attempts);
    const shortest = this.attempts === 0 ? 0 : longest / 2;
    const waitMs = atLeastMs + shortest + this.#random() * (longest - shortest);
    if (waitMs >= this.remainingMs) return null;
    this.attempts += 1;
    this.#timer = setTimeout(() => this.#go(), waitMs);
    return Date.now() + waitMs;
  }

  /** Makes the planned attempt at once, if there is one. */
  hurry() {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#go();
  }

  /** There is a connection again. */
  settle() {
    if (this.#lostAt !== null) this.#spentMs += Date.now() - this.#lostAt;
    this.#lostAt = null;
  }

  /** The session is well: whatever comes, it is a new trouble. */
  forget() {
    this.attempts = this.#spentMs = 0;
  }

  /** Makes no attempt any more. */
  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #go() {
    this.#timer = undefined;
    this.#attempt();
  }
}
