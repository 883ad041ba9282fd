// @ts-check
/**
 * Tells a quiet connection from a dead one.
 *
 * A browser neither sends WebSocket pings nor reports a network that swallows everything: without a heartbeat the page goes
 * on "recording" for minutes. Silence is counted from the first unanswered ping, not from the last message, because a
 * background tab may wake its timers only once a minute.
 */

const TICK_MS = 2500;
const STALLED_AFTER_MS = 6000;
const LOST_AFTER_MS = 30000;
/** The same where there is reason to doubt. */
const DOUBTED_LOST_AFTER_MS = 5000;

export class Heartbeat {
  /** Network round trip of the last ping, ms; null before the first answer. @type {number | null} */
  roundTripMs = null;
  /** When the server was last heard, ms since 1970; null before. @type {number | null} */
  lastHeardAt = null;
  /** By how much longer than usual an answer may take: a server that takes audio at its own pace answers at that pace. */
  patience = 1;

  #handlers;
  /** @type {ReturnType<typeof setInterval> | undefined} */ #timer;
  /** @type {number | null} */ #waitingSince = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #doubt;
  #stalled = false;
  #id = 0;
  #sentAt = 0;

  /**
   * @param {{ping: (id: number) => void, stalled: () => void, recovered: () => void, lost: () => void}} handlers
   *   `ping` sends one ping; `stalled` and `recovered` come in turns; after `lost` nothing comes.
   */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  start() {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#ping();
  }

  stop() {
    clearInterval(this.#timer);
    clearTimeout(this.#doubt);
    this.#timer = undefined;
  }

  /** Whether nothing has been heard for a while. */
  get isStalled() {
    return this.#stalled;
  }

  /** The network may be another one than a moment ago: asks the server, and does not wait long for its answer. */
  doubt() {
    if (this.#timer === undefined || this.#doubt !== undefined) return;
    this.#ping();
    this.#doubt = setTimeout(() => this.#lose(), DOUBTED_LOST_AFTER_MS * this.patience);
  }

  /** Anything came from the server. */
  heard() {
    clearTimeout(this.#doubt);
    this.#doubt = undefined;
    this.lastHeardAt = Date.now();
    this.#waitingSince = null;
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#handlers.recovered();
  }

  /** @param {unknown} id of the answered ping; an older one's answer says nothing about now */
  pong(id) {
    if (id === this.#id) this.roundTripMs = Date.now() - this.#sentAt;
  }

  #ping() {
    this.#id += 1;
    this.#sentAt = Date.now();
    this.#waitingSince ??= this.#sentAt;
    this.#handlers.ping(this.#id);
  }

  #tick() {
    if (this.#waitingSince === null) {
      this.#ping();
      return;
    }
    const silence = Date.now() - this.#waitingSince;
    if (silence >= LOST_AFTER_MS * this.patience) {
      this.#lose();
    } else if (silence >= STALLED_AFTER_MS * this.patience && !this.#stalled) {
      this.#stalled = true;
      this.#handlers.stalled();
    }
  }

  #lose() {
    this.stop();
    this.#handlers.lost();
  }
}
