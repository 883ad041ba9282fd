// @ts-check
/**
 * The way of audio from the client to the server: held until the session is open, bounded always, paced for recordings, and
 * kept until its words are safe where the server lets a client come back.
 *
 * All positions are samples on the dictation's clock: since the first one that was taken.
 */
import { CaptureClock } from "./capture-clock.js";
import { isClosing } from "./connection.js";
import { Deferred } from "./deferred.js";
import { KeptAudio } from "./kept-audio.js";
import { Timeline } from "./timeline.js";

/** Largest piece sent as one message; the server refuses more than 64 KiB. */
const MAX_FRAME_SAMPLES = 8192;
/** A recording waits while the browser holds more than this: enough to keep the wire busy, little to lose. */
const PACED_BUFFER_BYTES = 131072;
const PACED_POLL_MS = 20;
/** A server says how far it has come when it gets audio: a recording that waits for that sends a piece so often. */
const PACED_TRICKLE_MS = 1000;
const BYTES_PER_SAMPLE = 2;

/**
 * @typedef {object} Handlers
 * @property {() => void} overflowing called once whenever a run of frames begins to be refused
 * @property {() => void} lettingGo called once in each time without a connection, when the oldest kept audio is let go
 * @property {(from: number, to: number) => void} lost audio that cannot be sent (again): it had been let go
 */

/** Sends one dictation's audio, over one socket after the other. */
export class Uplink {
  /** Says when each moment of the dictation was captured. @type {CaptureClock} */ clock;
  /** Of the session that is open. */ timeline = new Timeline();
  /** Samples that cannot be sent (again), having been let go before they were safe. */ skippedSamples = 0;

  #handlers;
  #kept;
  #maxBufferedSamples;
  #maxAheadSamples;
  #refusedSamples = 0;
  /** @type {WebSocket | null} null while there is no open session */ #socket = null;
  #isKeeping = false;
  /** What is sent next, and where that is on the session's clock. */ #next = 0;
  #sessionNext = 0;
  #received = 0;
  #isOverflowing = false;
  #isLettingGo = false;
  #change = new Deferred();

  /**
   * @param {{sampleRate: number, maxBufferedSeconds: number, maxKeptSeconds: number}} bounds
   * @param {Handlers} handlers
   */
  constructor({ sampleRate, maxBufferedSeconds, maxKeptSeconds }, handlers) {
    this.clock = new CaptureClock(sampleRate);
    this.#maxBufferedSamples = maxBufferedSeconds * sampleRate;
    this.#kept = new KeptAudio(Math.max(maxBufferedSeconds, maxKeptSeconds) * sampleRate);
    this.#maxAheadSamples = (maxKeptSeconds * sampleRate) / 2;
    this.#handlers = handlers;
  }

  /** All audio taken so far. */
  get takenSamples() {
    return this.#kept.end;
  }

  /** Samples that no server has got. */
  get droppedSamples() {
    return this.#refusedSamples + this.skippedSamples;
  }

  /** How far audio was handed to the network. */
  get sentSamples() {
    return this.#next;
  }

  /**
   * Opens the way for a new session.
   *
   * @param {WebSocket} socket whose server has said `stream_ready`
   * @param {number} from where it begins: all before is safe
   * @param {boolean} isKeeping whether audio is kept after it was sent
   */
  begin(socket, from, isKeeping) {
    this.#isKeeping = isKeeping;
    this.timeline.begin(from);
    this.goOn(socket, 0);
  }

  /**
   * Opens the way for a session that goes on.
   *
   * @param {WebSocket} socket whose server has said `stream_resumed`
   * @param {number} received samples that the session has got
   */
  goOn(socket, received) {
    this.#socket = socket;
    this.#sessionNext = received;
    this.#next = this.#received = Math.min(this.#placed(received), this.#kept.end);
    this.#isLettingGo = false;
    this.#pump();
    this.wake();
  }

  /** There is no way for now, or for good: audio waits. */
  close() {
    this.#socket = null;
    this.wake();
  }

  /**
   * Takes one live frame.
   *
   * @param {Int16Array} pcm
   * @param {number} capturedAt when its last sample was captured, ms since 1970
   * @returns {boolean} whether there was room for it
   */
  send(pcm, capturedAt) {
    if (!this.#hasRoom(pcm.length)) {
      this.#refusedSamples += pcm.length;
      if (!this.#isOverflowing) this.#handlers.overflowing();
      this.#isOverflowing = true;
      return false;
    }
    this.#isOverflowing = false;
    this.#take(pcm.slice(), capturedAt);
    return true;
  }

  /**
   * Sends a recording as fast as the server takes it.
   *
   * @param {Int16Array} samples
   * @param {() => boolean} goesOn asked before each frame
   * @param {(fraction: number) => void} onProgress told after each frame, 0 to 1
   * @returns {Promise<number>} samples sent
   */
  async sendAll(samples, goesOn, onProgress) {
    let sent = 0;
    while (sent < samples.length && goesOn()) {
      const socket = this.#openSocket;
      if (!socket || socket.bufferedAmount > PACED_BUFFER_BYTES) {
        // Browsers have no event for a buffer that empties.
        await (socket ? pass(PACED_POLL_MS) : this.#change.promise);
        continue;
      }
      const frame = samples.slice(sent, sent + MAX_FRAME_SAMPLES);
      this.#take(frame, null);
      sent += frame.length;
      onProgress(sent / samples.length);
      if (this.#isFarAhead) await Promise.race([this.#change.promise, pass(PACED_TRICKLE_MS)]);
    }
    return sent;
  }

  /**
   * What an `audio_ack` says, on the session's clock.
   *
   * @param {number} received samples
   * @param {number} final samples of which every word was told: they need not be kept
   */
  acknowledge(received, final) {
    this.#received = this.#placed(received);
    this.#kept.release(this.#placed(final));
    this.#pump();
    this.wake();
  }

  /** Hands over all there is, however much the browser holds already: nothing comes after it. */
  finish() {
    this.#pump(Infinity);
  }

  /** Has a recording that waits look whether it is to go on. */
  wake() {
    this.#change.resolve();
    this.#change = new Deferred();
  }

  /** None while there is none, nor when it is closing: what it is given then is lost. */
  get #openSocket() {
    return this.#socket && !isClosing(this.#socket) ? this.#socket : null;
  }

  get #isFarAhead() {
    return this.#isKeeping && this.#next - this.#received > this.#maxAheadSamples;
  }

  /** @param {number} samples on the session's clock */
  #placed(samples) {
    return samples + this.timeline.offset(samples);
  }

  /** @param {number} samples */
  #hasRoom(samples) {
    // Where audio is kept, the oldest makes room.
    if (this.#isKeeping) return true;
    const unsent = this.#kept.end - this.#next + (this.#socket?.bufferedAmount ?? 0) / BYTES_PER_SAMPLE;
    return unsent + samples <= this.#maxBufferedSamples;
  }

  /**
   * @param {Int16Array} pcm
   * @param {number | null} capturedAt
   */
  #take(pcm, capturedAt) {
    this.clock.add(pcm.length, capturedAt);
    const letGo = this.#kept.add(pcm);
    // While there is a connection, what is let go was sent long ago, and counts only should the session be lost.
    if (letGo && !this.#socket && !this.#isLettingGo) {
      this.#isLettingGo = true;
      this.#handlers.lettingGo();
    }
    this.#pump();
  }

  /** @param {number} [mostBytes] that the browser may hold before more is handed over */
  #pump(mostBytes = this.#isKeeping ? this.#maxBufferedSamples * BYTES_PER_SAMPLE : Infinity) {
    const socket = this.#openSocket;
    if (!socket) return;
    while (this.#next < this.#kept.end && socket.bufferedAmount <= mostBytes) {
      if (this.#next < this.#kept.start) this.#skip();
      const frame = this.#kept.read(this.#next, MAX_FRAME_SAMPLES);
      socket.send(/** @type {Int16Array<ArrayBuffer>} */ (frame));
      this.#next += frame.length;
      this.#sessionNext += frame.length;
    }
    if (!this.#isKeeping) this.#kept.release(this.#next);
  }

  /** What should be sent next was let go. */
  #skip() {
    const [from, to] = [this.#next, this.#kept.start];
    this.timeline.skip(this.#sessionNext, to - from);
    this.skippedSamples += to - from;
    this.#next = to;
    this.#handlers.lost(from, to);
  }
}

/** @param {number} ms */
function pass(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
