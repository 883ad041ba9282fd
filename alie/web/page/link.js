// @ts-check
/**
 * The way to the server, through cuts: one connection after the other, of which each takes up the session of the one before.
 */
import { AlieError, unexplainedEnd } from "./alie-error.js";
import { ABNORMAL_CLOSE, Connection } from "./connection.js";
import { startMessage } from "./messages.js";
import { watchNetwork } from "./network-signs.js";
import { Proof } from "./proof.js";
import { Reconnection } from "./reconnection.js";

/** Ends that a new connection would not mend: another socket has the session, nobody speaks, all was said. */
const FINAL = new Set(["TAKEN_OVER", "IDLE_TIMEOUT", "MAX_DURATION", "STOP_TIMEOUT"]);
/** Closes after which a server that explains nothing may be there again: going away, no code, none at all, a fault, a restart … */
const PASSING_CLOSES = new Set([1001, 1005, ABNORMAL_CLOSE, 1011, 1012, 1013, 1014]);

/** With what a connection is left for another one: any code that does not say "all is done". */
const LEFT = 4000;

/**
 * @typedef {object} Handlers
 * @property {() => number} lastSeq of the results that were taken
 * @property {(message: any) => void} ready the first session may begin
 * @property {(message: any) => void} resumed the session goes on, over another socket
 * @property {(message: any) => void} begunAgain the session is gone; a new one may begin
 * @property {(message: any) => void} message anything else that the server says
 * @property {(cut: {error: AlieError, attempt: number, nextAttemptAt: number}) => void} down the connection is lost, or an
 *   attempt at a new one has failed; another follows
 * @property {(error: AlieError) => void} proofFailed the proof could not be renewed; the session goes on
 * @property {() => void} stalled nothing has been heard for a while
 * @property {() => void} recovered the server is heard again
 * @property {(code: number, reason: string, error: AlieError | null) => void} ended called once; null where all was said
 */

export class Link {
  #options;
  #handlers;
  #proof;
  #reconnection;
  #shown = {};
  /** @type {Connection | null} */ #connection = null;
  /** @type {{sessionId: string, resumeToken: string} | null} what takes the session up again; null: nothing does */ #claim = null;
  #url;
  /** @type {AlieError | null} what the server says before it closes */ #fatal = null;
  #wasReady = false;
  #isClaiming = false;
  /** Whether the session is known to be gone: it is not looked for. */ #isGone = false;
  #isOver = false;
  #backInMs = 0;
  #patience = 1;
  /** @type {number | null} */ #lastHeardAt = null;
  #unwatch = () => {};

  /**
   * @param {typeof import("./client-options.js").DEFAULTS} options
   * @param {Handlers} handlers
   */
  constructor(options, handlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#proof = new Proof(options.getToken);
    this.#url = options.url;
    this.#reconnection = new Reconnection(options, () => this.#connect(this.#reconnection.remainingMs));
  }

  /** The socket of now. */
  get socket() {
    return /** @type {WebSocket} */ (this.#connection?.socket);
  }

  /** Whether the session can be taken up again after a cut. */
  get isResumable() {
    return this.#claim !== null;
  }

  /** When the server was last heard, over whichever socket, ms since 1970. */
  get lastHeardAt() {
    return this.#connection?.heartbeat.lastHeardAt ?? this.#lastHeardAt;
  }

  get roundTripMs() {
    return this.#connection?.heartbeat.roundTripMs ?? null;
  }

  /** By how much longer than usual an answer may take. */
  set patience(/** @type {number} */ patience) {
    this.#patience = patience;
    if (this.#connection) this.#connection.heartbeat.patience = patience;
  }

  open() {
    this.#unwatch = watchNetwork(() => this.#look());
    this.#connect(this.#options.connectTimeoutMs);
  }

  /** @param {object} message */
  say(message) {
    this.#connection?.say(message);
  }

  /**
   * Ends all unless more results come in time. A server that is not heard at all is taken for a lost one.
   *
   * @param {number} ms
   * @param {AlieError} error why
   */
  setDeadline(ms, error) {
    const connection = this.#connection;
    connection?.setDeadline(ms, () => (connection.heartbeat.isStalled ? connection.end(unexplainedEnd(false)) : this.end(error)));
  }

  /** The session is complete: nothing is taken up again. */
  complete() {
    this.#claim = null;
  }

  /** @param {AlieError | null} error why; null where all was said */
  end(error) {
    if (this.#isOver) return;
    this.#isOver = true;
    const connection = this.#connection;
    if (!connection || connection.isOver) return this.#finish(ABNORMAL_CLOSE, "", error);
    connection.closeCode = 1000;
    connection.end(error);
  }

  /** @param {number} withinMs what may be left of the time for attempts */
  async #connect(withinMs) {
    const connection = new Connection({
      opened: () => this.#greet(),
      message: (message) => this.#onMessage(message),
      stalled: () => this.#handlers.stalled(),
      recovered: () => this.#handlers.recovered(),
      ended: (code, reason, error) => this.#onEnded(connection, code, reason, error),
    });
    this.#connection = connection;
    this.#fatal = null;
    connection.heartbeat.patience = this.#patience;
    const timeout = new AlieError("CONNECT_TIMEOUT", "The server did not answer in time");
    connection.setDeadline(Math.min(this.#options.connectTimeoutMs, withinMs), () => connection.end(timeout));
    if (this.#claim) connection.closeCode = LEFT;
    if (this.#proof.isAskedFor) {
      try {
        this.#shown = await this.#proof.field();
      } catch (error) {
        connection.end(/** @type {AlieError} */ (error));
      }
    }
    if (!connection.isOver) connection.open(this.#url, this.#options.webSocket);
  }

  #greet() {
    this.#isClaiming = this.#claim !== null && !this.#isGone;
    // The server takes the next message as a sign that its answer has come: no ping may come before that.
    if (!this.#isClaiming) this.#start();
    else this.say({ type: "resume_transcription", ...this.#claim, lastSeq: this.#handlers.lastSeq(), ...this.#shown });
  }

  #start() {
    this.#isClaiming = false;
    this.#isGone = true;
    this.say({ ...startMessage(this.#options), ...this.#shown });
    this.#connection?.heartbeat.start();
  }

  /** @param {any} message */
  #onMessage(message) {
    switch (message.type) {
      case "stream_ready":
        return this.#onReady(message);
      case "stream_resumed":
        this.#claim = { sessionId: message.sessionId, resumeToken: message.resumeToken };
        this.#connection?.heartbeat.start();
        this.#settle();
        this.#reconnection.forget();
        return this.#handlers.resumed(message);
      case "transcription_error":
        if (this.#isClaiming && message.code === "SESSION_NOT_FOUND") return this.#start();
        if (message.fatal) this.#fatal = serverError(message);
        if (message.retryAfterSeconds) this.#backInMs = message.retryAfterSeconds * 1000;
        // What ends a connection before it has the session ends that connection only.
        this.#isGone ||= message.fatal === true && !this.#isClaiming;
        break;
      case "audio_ack":
        // A session that dies of its first sound does so again; one that has come farther is well.
        if (message.finalBytes > 0) this.#reconnection.forget();
        break;
      case "server_draining":
        this.#backInMs = (message.reconnectAfterSeconds ?? 0) * 1000;
        break;
      case "auth_expiring":
        return this.#proof.renew(/** @type {Connection} */ (this.#connection), this.#handlers.proofFailed);
    }
    this.#handlers.message(message);
  }

  /** @param {any} message */
  #onReady(message) {
    const { sessionId, resumeToken, resumePath } = message;
    // Without being asked for, as an older or a simpler server: then a cut is the end.
    this.#claim = resumeToken && this.#options.maxKeptSeconds > 0 ? { sessionId, resumeToken } : null;
    if (this.#claim && resumePath) this.#url = sameOrigin(this.#options.url, resumePath);
    /** @type {Connection} */ (this.#connection).closeCode = this.#claim ? LEFT : 1000;
    const isFirst = !this.#wasReady;
    this.#wasReady = true;
    this.#isGone = false;
    this.#settle();
    isFirst ? this.#handlers.ready(message) : this.#handlers.begunAgain(message);
  }

  #settle() {
    this.#isClaiming = false;
    this.#backInMs = 0;
    this.#connection?.liftDeadline();
    this.#reconnection.settle();
  }

  /** The network has changed, or the machine was asleep. */
  #look() {
    if (this.#connection?.isOver) this.#reconnection.hurry();
    else if (this.#claim) this.#connection?.heartbeat.doubt();
  }

  /**
   * @param {Connection} connection
   * @param {number} code
   * @param {string} reason
   * @param {AlieError | null} error
   */
  #onEnded(connection, code, reason, error) {
    this.#lastHeardAt = connection.heartbeat.lastHeardAt ?? this.#lastHeardAt;
    const told = error ?? this.#fatal;
    const cause = told ?? unexplainedEnd(!this.#wasReady);
    if (this.#isOver) return this.#finish(code, reason, error);
    if (!this.#claim || !cause.retryable || !(told ? !FINAL.has(told.code) : PASSING_CLOSES.has(code))) {
      return this.#finish(code, reason, cause);
    }
    const nextAttemptAt = this.#reconnection.plan(this.#backInMs);
    this.#backInMs = 0;
    if (nextAttemptAt === null) return this.#finish(code, reason, gaveUp(cause));
    this.#handlers.down({ error: cause, attempt: this.#reconnection.attempts, nextAttemptAt });
  }

  /**
   * @param {number} code
   * @param {string} reason
   * @param {AlieError | null} error
   */
  #finish(code, reason, error) {
    this.#isOver = true;
    this.#reconnection.stop();
    this.#unwatch();
    this.#handlers.ended(code, reason, error);
  }
}

/** @param {any} message a `transcription_error` */
export function serverError({ code = "UNKNOWN", error, retryable = false, fatal = false }) {
  return new AlieError(code, error, { retryable, fatal });
}

/** @param {AlieError} cause of the last attempt's failure */
function gaveUp(cause) {
  return new AlieError("RECONNECT_FAILED", "The connection was lost and could not be had again", { cause });
}

/**
 * @param {string} url
 * @param {string} path
 * @returns {string} that path there; `url` itself where it would lead elsewhere, for the token goes with it
 */
function sameOrigin(url, path) {
  const base = new URL(url, globalThis.location?.href);
  const found = new URL(path, base);
  return found.host === base.host && found.protocol === base.protocol ? found.href : url;
}
