// @ts-check
/**
 * A dependency-free client of Alie's live dictation, for any front end:
 *
 *     import { AlieClient, Microphone } from "./alie-client.js";
 *
 *     const client = new AlieClient({ url: "wss://api.example.ca/ws/transcription", language: "fr-CA" });
 *     const microphone = new Microphone();
 *     microphone.addEventListener("frame", ({ detail }) => client.send(detail.pcm, detail.capturedAt));
 *     client.addEventListener("final", ({ detail }) => console.log(detail.text));
 *     await microphone.start();
 *     await client.start();
 *     ...
 *     await microphone.stop();
 *     const { lostSeconds } = await client.stop();
 *
 * Every type, with meaning, units and errors, is declared in `alie-client.d.ts`. The protocol is docs/protocol.md.
 *
 * The one rule that pages get wrong: `stop_transcription` is not the end. The last words come after it, so the socket is
 * closed only once the server has said `transcription_complete`.
 */
import { AlieError, unexplainedEnd } from "./alie-error.js";
import { DEFAULTS, PACED_PATIENCE } from "./client-options.js";
import { Connection } from "./connection.js";
import { Deferred } from "./deferred.js";
import { Results, startMessage } from "./messages.js";
import { Proof } from "./proof.js";
import { Uplink } from "./uplink.js";

export { AlieError };
export { Microphone, MicrophoneError } from "./microphone.js";

/** @typedef {"idle" | "connecting" | "live" | "stopping" | "closed"} State */

/** One dictation session over one WebSocket. Make a new one for each dictation. */
export class AlieClient extends EventTarget {
  #options;
  #uplink;
  #results;
  #connection;
  #proof;
  #shown = {};
  /** @type {State} */ #state = "idle";
  /** @type {any} What `stream_ready` said. */ #session = null;
  /** @type {any} Payload of `transcription_final`, ambient only. */ #conversation = null;
  /** @type {AlieError | null} */ #error = null;
  #ready = new Deferred();
  #done = new Deferred();
  /** @type {Deferred[]} */ #flushes = [];
  /** @type {Promise<any> | null} */ #stop = null;
  #completed = false;
  /** @type {any} What `transcription_complete` said, and what was dropped here. */ #summary = null;

  /** @param {Partial<typeof DEFAULTS>} [options] */
  constructor(options = {}) {
    super();
    this.#options = { ...DEFAULTS, ...options };
    this.#uplink = new Uplink(this.#options, () => this.#onOverflow());
    this.#results = new Results(this.#uplink.clock);
    this.#proof = new Proof(this.#options.getToken);
    this.#connection = new Connection({
      opened: () => this.#connection.say({ ...startMessage(this.#options), ...this.#shown }),
      message: (message) => this.#onMessage(message),
      stalled: () => this.#emit("stalled", { since: this.#connection.heartbeat.lastHeardAt }),
      recovered: () => this.#emit("recovered"),
      ended: (code, reason, error) => this.#onEnded(code, reason, error),
    });
  }

  /** Where the session stands. */
  get state() {
    return this.#state;
  }

  /** What the server said in `stream_ready`, or null before. */
  get session() {
    return this.#session;
  }

  /** Audio handed to the network so far, seconds; also "now" on the session's clock. */
  get sentSeconds() {
    return this.#uplink.clock.seconds;
  }

  /** End of the last final result, seconds on the session's clock. */
  get confirmedSeconds() {
    return this.#results.confirmedSeconds;
  }

  /** Audio refused because too much was waiting already, seconds. */
  get droppedSeconds() {
    return this.#uplink.droppedSamples / this.#options.sampleRate;
  }

  /** Network round trip of the last ping, ms; null before the first answer. */
  get roundTripMs() {
    return this.#connection.heartbeat.roundTripMs;
  }

  /** Connects; resolves when the server is ready. Audio may be sent at once, it waits its turn. */
  start() {
    if (this.#state !== "idle") throw new Error("A client is started once");
    this.#setState("connecting");
    const { connectTimeoutMs } = this.#options;
    this.#connection.setDeadline(connectTimeoutMs, new AlieError("CONNECT_TIMEOUT", "The server did not answer in time"));
    this.#proof.isAskedFor ? this.#prove() : this.#open();
    return this.#ready.promise;
  }

  async #prove() {
    try {
      this.#shown = await this.#proof.field();
    } catch (error) {
      this.#connection.end(/** @type {AlieError} */ (error));
    }
    if (this.#state === "connecting") this.#open();
  }

  #open() {
    this.#connection.open(this.#options.url, this.#options.webSocket);
  }

  /**
   * Sends live audio, or keeps it until the server is ready.
   *
   * @param {Int16Array | ArrayBuffer} audio PCM16, mono, at the session's sample rate
   * @param {number} [capturedAt] when its last sample was captured, ms since 1970
   * @returns {boolean} false when it was not taken: too much is waiting, or the session is over
   */
  send(audio, capturedAt = Date.now()) {
    if (this.#state === "stopping" || this.#state === "closed") return false;
    return this.#uplink.send(audio instanceof Int16Array ? audio : new Int16Array(audio), capturedAt);
  }

  /**
   * Sends a recording as fast as the server takes it.
   *
   * @param {Int16Array} samples
   * @param {{signal?: AbortSignal, onProgress?: (fraction: number) => void}} [options]
   * @returns {Promise<number>} seconds sent: less than the recording when `signal` was aborted
   */
  async sendAll(samples, { signal, onProgress = () => {} } = {}) {
    await this.#ready.promise;
    this.#connection.heartbeat.patience = PACED_PATIENCE;
    const goesOn = () => this.#state === "live" && !signal?.aborted;
    const sent = await this.#uplink.sendAll(samples, goesOn, onProgress);
    if (this.#state === "closed") throw this.#error;
    return sent / this.#options.sampleRate;
  }

  /** Asks for finals of all that was said so far; resolves when they have come. */
  flush() {
    if (this.#state !== "live") return Promise.reject(new Error("Only a live session can be flushed"));
    const flush = new Deferred();
    this.#flushes.push(flush);
    this.#connection.say({ type: "flush" });
    return flush.promise;
  }

  /** Says that no audio will come for a while. */
  pause() {
    if (this.#state === "live") this.#connection.say({ type: "pause" });
  }

  /** Says that audio will come again; sending some says the same. */
  unpause() {
    if (this.#state === "live") this.#connection.say({ type: "unpause" });
  }

  /** Ends the session: resolves with its summary once the last words have come. */
  stop() {
    this.#stop ??= this.#finishSpeaking();
    return this.#stop;
  }

  /** Closes at once, without waiting for any words. */
  abort() {
    this.#connection.end(new AlieError("ABORTED", "Given up by the user"));
  }

  async #finishSpeaking() {
    await this.#ready.promise;
    if (this.#state === "live") {
      this.#setState("stopping");
      this.#connection.say({ type: "stop_transcription" });
      this.#awaitLastWords();
    }
    return this.#done.promise;
  }

  #awaitLastWords() {
    const error = new AlieError("STOP_TIMEOUT", "The server did not send the last words in time");
    this.#connection.setDeadline(this.#options.stopTimeoutMs, error);
  }

  /** @param {any} message */
  #onMessage(message) {
    switch (message.type) {
      case "stream_ready":
        return this.#onReady(message);
      case "transcription_result":
        return this.#onResult(message);
      case "transcription_final":
        this.#conversation = message.payload;
        return;
      case "transcription_error":
        return this.#onError(message);
      case "transcription_complete":
        return this.#onComplete(message);
      case "flushed":
        return this.#flushes.shift()?.resolve(undefined);
      case "engine_status":
        return this.#emit("engine", { state: message.state, engine: message.engine, code: message.code ?? null });
      case "auth_expiring":
        return this.#proof.renew(this.#connection, (error) => this.#emit("error", { error }));
      case "server_draining":
        return this.#emit("draining", { reconnectAfterSeconds: message.reconnectAfterSeconds });
    }
  }

  /** @param {any} message */
  #onReady({ sessionId, engine, languageCode, sampleRate, speakerLabels }) {
    this.#connection.liftDeadline();
    this.#session = { sessionId, engine, languageCode, sampleRate, speakerLabels };
    this.#setState("live");
    this.#uplink.open(/** @type {WebSocket} */ (this.#connection.socket));
    this.#ready.resolve(this.#session);
  }

  /** @param {any} message */
  #onResult(message) {
    if (this.#state === "stopping") this.#awaitLastWords();
    const { result, latencySeconds } = this.#results.take(message);
    this.#emit(message.isFinal ? "final" : "partial", result);
    if (latencySeconds !== null) this.#emit("latency", { seconds: latencySeconds, isFinal: message.isFinal });
  }

  /** @param {any} message */
  #onError({ code = "UNKNOWN", error: sentence, retryable = false, fatal = false }) {
    const error = new AlieError(code, sentence, { retryable, fatal });
    if (fatal) this.#error = error;
    this.#emit("error", { error });
  }

  /** @param {any} message */
  #onComplete({ audioSeconds, finals, lostSeconds }) {
    const { droppedSeconds } = this;
    this.#summary = { audioSeconds, finals, lostSeconds, droppedSeconds, conversation: this.#conversation };
    this.#done.resolve(this.#summary);
    // The server may end a session of itself (its longest duration); then the error before this message says why.
    this.#completed = this.#state === "stopping";
    if (this.#completed) this.#connection.end(null);
  }

  #onOverflow() {
    const sentence = "The network takes less audio than is spoken; some of it was dropped";
    this.#emit("error", { error: new AlieError("BACKLOG", sentence, { fatal: false }) });
  }

  /**
   * @param {number} code
   * @param {string} reason
   * @param {AlieError | null} error
   */
  #onEnded(code, reason, error) {
    const wasConnecting = this.#state === "connecting";
    const cause = this.#completed ? null : (error ?? this.#error ?? unexplainedEnd(wasConnecting));
    this.#error = cause;
    this.#setState("closed");
    for (const waiting of [this.#ready, this.#done]) waiting.reject(cause);
    // What a completed session was asked to finalise is final.
    for (const flush of this.#flushes) {
      if (cause) flush.reject(cause);
      else flush.resolve();
    }
    this.#emit("close", {
      code,
      reason,
      completed: this.#completed,
      summary: this.#summary,
      error: cause,
      lastHeardAt: this.#connection.heartbeat.lastHeardAt,
      missingFrom: cause && this.#uplink.clock.timeOf(this.#results.confirmedSeconds),
    });
  }

  /** @param {State} state */
  #setState(state) {
    this.#state = state;
    this.#emit("state", { state });
  }

  /**
   * @param {string} type
   * @param {object} [detail]
   */
  #emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
