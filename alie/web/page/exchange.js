// @ts-check
/** What one dictation says to the server and hears from it, through any number of cuts. */
import { AlieError } from "./alie-error.js";
import { PACED_PATIENCE } from "./client-options.js";
import { Deferred } from "./deferred.js";
import { Flushes } from "./flushes.js";
import { Link, serverError } from "./link.js";
import { Results } from "./results.js";
import { Uplink } from "./uplink.js";

/** @typedef {"idle" | "connecting" | "live" | "reconnecting" | "stopping" | "closed"} State */

const BYTES_PER_SAMPLE = 2;

export class Exchange {
  uplink;
  results;
  link;
  /** @type {State} */ state = "idle";
  /** @type {any} What `stream_ready` said. */ session = null;

  #options;
  #emit;
  /** @type {any} Payload of `transcription_final`, ambient only. */ #conversation = null;
  /** @type {AlieError | null} */ #error = null;
  #ready = new Deferred();
  #done = new Deferred();
  #flushes = new Flushes();
  /** @type {Promise<any> | null} */ #stop = null;
  #isPaused = false;
  #completed = false;
  /** Audio that the sessions before this one have heard, samples. */ #earlierSamples = 0;
  /** @type {any} What `transcription_complete` said, and what was dropped here. */ #summary = null;

  /**
   * @param {typeof import("./client-options.js").DEFAULTS} options
   * @param {(type: string, detail: object) => void} emit
   */
  constructor(options, emit) {
    this.#options = options;
    this.#emit = emit;
    this.uplink = new Uplink(options, {
      overflowing: () => this.#warn("BACKLOG", "The network takes less audio than is spoken; some of it was dropped"),
      lettingGo: () => this.#warn("AUDIO_LET_GO", "There is no connection for so long that the oldest audio is let go"),
      lost: (from, to) => this.#onLost(from, to),
    });
    this.results = new Results(this.uplink.clock, this.uplink.timeline, options.sampleRate);
    this.link = new Link(options, {
      lastSeq: () => this.results.lastSeq,
      ready: (message) => this.#onReady(message),
      resumed: ({ receivedBytes }) => this.#onResumed(receivedBytes),
      begunAgain: (message) => this.#onBegunAgain(message),
      message: (message) => this.#onMessage(message),
      down: (cut) => this.#onDown(cut),
      proofFailed: (error) => this.#emit("error", { error }),
      stalled: () => this.#emit("stalled", { since: this.link.lastHeardAt }),
      recovered: () => this.#emit("recovered", {}),
      ended: (code, reason, error) => this.#onEnded(code, reason, error),
    });
  }

  /** When all that is safe had been spoken, ms since 1970; null if nothing live was taken. */
  get safeUntil() {
    return this.uplink.clock.timeOf(this.results.safeSeconds);
  }

  start() {
    this.#setState("connecting");
    this.link.open();
    return this.#ready.promise;
  }

  /**
   * @param {Int16Array} pcm
   * @param {number} capturedAt
   */
  send(pcm, capturedAt) {
    if (this.#stop || this.state === "closed") return false;
    this.#isPaused = false;
    return this.uplink.send(pcm, capturedAt);
  }

  /**
   * @param {Int16Array} samples
   * @param {AbortSignal | undefined} signal
   * @param {(fraction: number) => void} onProgress
   * @returns {Promise<number>} samples sent
   */
  async sendAll(samples, signal, onProgress) {
    await this.#ready.promise;
    this.link.patience = PACED_PATIENCE;
    const goesOn = () => !this.#stop && this.state !== "closed" && !signal?.aborted;
    const wake = () => this.uplink.wake();
    signal?.addEventListener("abort", wake);
    const sent = await this.uplink.sendAll(samples, goesOn, onProgress);
    signal?.removeEventListener("abort", wake);
    if (this.state === "closed") throw this.#error;
    return sent;
  }

  flush() {
    if (!this.#isGoingOn) return Promise.reject(new Error("Only a live session can be flushed"));
    this.#sayLive({ type: "flush" });
    return this.#flushes.add();
  }

  pause() {
    this.#isPaused = this.#isGoingOn;
    this.#sayLive({ type: "pause" });
  }

  unpause() {
    this.#isPaused = false;
    this.#sayLive({ type: "unpause" });
  }

  stop() {
    this.#stop ??= this.#finishSpeaking();
    return this.#stop;
  }

  abort() {
    this.link.end(new AlieError("ABORTED", "Given up by the user"));
  }

  get #isGoingOn() {
    return this.state === "live" || (this.state === "reconnecting" && !this.#stop);
  }

  /** @param {object} message what still holds of it after a cut is said again then */
  #sayLive(message) {
    if (this.state === "live") this.link.say(message);
  }

  async #finishSpeaking() {
    await this.#ready.promise;
    // While there is no connection it waits: for what was said before has to be sent first.
    if (this.state === "live") this.#sayStop();
    return this.#done.promise;
  }

  #sayStop() {
    this.#setState("stopping");
    this.uplink.finish();
    this.link.say({ type: "stop_transcription" });
    this.#awaitLastWords();
  }

  #awaitLastWords() {
    if (this.state !== "stopping") return;
    const error = new AlieError("STOP_TIMEOUT", "The server did not send the last words in time");
    this.link.setDeadline(this.#options.stopTimeoutMs, error);
  }

  /** @param {any} message */
  #onMessage(message) {
    switch (message.type) {
      case "transcription_result":
        return this.#onResult(message);
      case "audio_ack":
        return this.#onAck(message);
      case "transcription_final":
        this.#conversation = message.payload;
        return;
      case "transcription_error":
        return this.#emit("error", { error: serverError(message) });
      case "transcription_complete":
        return this.#onComplete(message);
      case "flushed":
        return this.#flushes.answer();
      case "engine_status":
        return this.#emit("engine", { state: message.state, engine: message.engine, code: message.code ?? null });
      case "server_draining":
        return this.#emit("draining", { reconnectAfterSeconds: message.reconnectAfterSeconds });
    }
  }

  /** @param {any} message */
  #onReady(message) {
    this.#begin(message);
    this.#setState("live");
    this.uplink.begin(this.link.socket, 0, this.link.isResumable);
    this.#ready.resolve(this.session);
  }

  /** @param {number} receivedBytes */
  #onResumed(receivedBytes) {
    this.uplink.goOn(this.link.socket, receivedBytes / BYTES_PER_SAMPLE);
    this.#goOn(false);
  }

  /** @param {any} message */
  #onBegunAgain(message) {
    const from = Math.round(this.results.safeSeconds * this.#options.sampleRate);
    for (const withdrawn of this.results.beginAgain()) this.#emit("final", withdrawn);
    this.#earlierSamples = from - this.uplink.skippedSamples;
    this.#conversation = null;
    this.#begin(message);
    this.uplink.begin(this.link.socket, from, this.link.isResumable);
    this.#goOn(true);
  }

  /** @param {any} message */
  #begin({ sessionId, engine, languageCode, sampleRate, speakerLabels }) {
    this.session = { sessionId, engine, languageCode, sampleRate, speakerLabels, resumable: this.link.isResumable };
  }

  /** @param {boolean} isNewSession whether the server had lost the one before */
  #goOn(isNewSession) {
    for (let left = this.#flushes.count; left > 0; left -= 1) this.link.say({ type: "flush" });
    if (this.#isPaused) this.link.say({ type: "pause" });
    if (this.#stop) this.#sayStop();
    else this.#setState("live");
    this.#emit("resumed", { isNewSession });
  }

  /** @param {{error: AlieError, attempt: number, nextAttemptAt: number}} cut */
  #onDown(cut) {
    this.uplink.close();
    if (this.state !== "reconnecting") this.#setState("reconnecting");
    this.#emit("reconnecting", { ...cut, lastHeardAt: this.link.lastHeardAt, safeUntil: this.safeUntil });
  }

  /** @param {any} message */
  #onResult(message) {
    this.#awaitLastWords();
    const taken = this.results.take(message);
    if (!taken) return;
    this.#emit(message.isFinal ? "final" : "partial", taken.result);
    if (taken.latencySeconds !== null) this.#emit("latency", { seconds: taken.latencySeconds, isFinal: message.isFinal });
  }

  /** @param {{receivedBytes: number, finalBytes: number}} ack */
  #onAck({ receivedBytes, finalBytes }) {
    this.#awaitLastWords();
    this.results.settle(finalBytes / BYTES_PER_SAMPLE / this.#options.sampleRate);
    this.uplink.acknowledge(receivedBytes / BYTES_PER_SAMPLE, finalBytes / BYTES_PER_SAMPLE);
  }

  /** @param {any} message */
  #onComplete({ audioSeconds, finals, lostSeconds }) {
    const { sampleRate } = this.#options;
    this.#summary = {
      audioSeconds: audioSeconds + this.#earlierSamples / sampleRate,
      finals: finals + this.results.earlierFinals,
      lostSeconds,
      droppedSeconds: this.uplink.droppedSamples / sampleRate,
      conversation: this.#conversation,
    };
    this.#done.resolve(this.#summary);
    this.link.complete();
    // The server may end a session of itself (its longest duration); then the error before this message says why.
    this.#completed = this.state === "stopping";
    if (this.#completed) this.link.end(null);
  }

  /**
   * @param {number} from
   * @param {number} to samples
   */
  #onLost(from, to) {
    const { sampleRate } = this.#options;
    const [startTime, endTime] = [from / sampleRate, to / sampleRate];
    this.#emit("lost", { startTime, endTime, from: this.uplink.clock.timeOf(startTime) });
  }

  /**
   * @param {string} code
   * @param {string} sentence
   */
  #warn(code, sentence) {
    this.#emit("error", { error: new AlieError(code, sentence, { fatal: false }) });
  }

  /**
   * @param {number} code
   * @param {string} reason
   * @param {AlieError | null} cause
   */
  #onEnded(code, reason, cause) {
    this.#error = cause;
    this.#setState("closed");
    this.uplink.close();
    for (const waiting of [this.#ready, this.#done]) waiting.reject(cause);
    this.#flushes.end(cause);
    const [completed, summary, { lastHeardAt }] = [this.#completed, this.#summary, this.link];
    this.#emit("close", { code, reason, completed, summary, error: cause, lastHeardAt, missingFrom: cause && this.safeUntil });
  }

  /** @param {State} state */
  #setState(state) {
    this.state = state;
    this.#emit("state", { state });
  }
}
