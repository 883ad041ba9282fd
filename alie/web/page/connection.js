// @ts-check
/** One WebSocket with its deadline and heartbeat: it ends once, and says why. */
import { AlieError } from "./alie-error.js";
import { Heartbeat } from "./heartbeat.js";
import { readMessage } from "./messages.js";

/** Code of an end without a close frame, as browsers report it. */
export const ABNORMAL_CLOSE = 1006;

/**
 * @typedef {object} Handlers
 * @property {() => void} opened the socket is open: say the first message now, and start the heartbeat when it may ping
 * @property {(message: any) => void} message one message of the server
 * @property {() => void} stalled nothing has been heard for a while
 * @property {() => void} recovered the server is heard again
 * @property {(code: number, reason: string, error: AlieError | null) => void} ended
 *   called once; `error` where this side ended it, null where the other side or the network did
 */

export class Connection {
  /** @type {WebSocket | null} */ socket = null;
  /** With what this side closes: 1000 tells the server that nobody comes back. */ closeCode = 1000;
  heartbeat;

  #handlers;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #deadline;
  #ended = false;

  /** @param {Handlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
    this.heartbeat = new Heartbeat({
      ping: (id) => this.say({ type: "ping", id }),
      stalled: handlers.stalled,
      recovered: handlers.recovered,
      lost: () => this.end(new AlieError("CONNECTION_LOST", "The server no longer answers")),
    });
  }

  /**
   * @param {string} url relative to the page or absolute, http(s) or ws(s)
   * @param {typeof WebSocket} Socket
   */
  open(url, Socket) {
    try {
      this.socket = new Socket(socketUrl(url));
    } catch (error) {
      this.end(new AlieError("CONNECT_FAILED", /** @type {Error} */ (error).message, { retryable: false }));
      return;
    }
    this.socket.onopen = () => this.#handlers.opened();
    this.socket.onmessage = ({ data }) => this.#onMessage(data);
    this.socket.onclose = ({ code, reason }) => this.#finish(code, reason, null);
  }

  /** Whether it has ended. */
  get isOver() {
    return this.#ended;
  }

  /** @param {object} message */
  say(message) {
    if (this.socket && !isClosing(this.socket)) this.socket.send(JSON.stringify(message));
  }

  /**
   * @param {number} ms from now
   * @param {() => void} act unless the deadline is moved or lifted before
   */
  setDeadline(ms, act) {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(act, ms);
  }

  liftDeadline() {
    clearTimeout(this.#deadline);
  }

  /** @param {AlieError | null} error why; null where all is said */
  end(error) {
    this.#finish(error ? ABNORMAL_CLOSE : 1000, "", error);
  }

  /** @param {unknown} data */
  #onMessage(data) {
    this.heartbeat.heard();
    const message = readMessage(data);
    if (message?.type === "pong") this.heartbeat.pong(message.id);
    else if (message) this.#handlers.message(message);
  }

  /**
   * @param {number} code
   * @param {string} reason
   * @param {AlieError | null} error
   */
  #finish(code, reason, error) {
    if (this.#ended) return;
    this.#ended = true;
    this.liftDeadline();
    this.heartbeat.stop();
    if (this.socket) {
      this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
      this.socket.close(this.closeCode);
    }
    this.#handlers.ended(code, reason, error);
  }
}

/**
 * @param {string} url
 * @returns {string} the same, absolute and of the WebSocket scheme
 */
function socketUrl(url) {
  const absolute = new URL(url, globalThis.location?.href);
  absolute.protocol = absolute.protocol.replace("http", "ws");
  return absolute.href;
}

/**
 * @param {WebSocket} socket
 * @returns {boolean} whether it takes nothing more; its end has come, or will in a moment
 */
export function isClosing(socket) {
  return socket.readyState > 1;
}
