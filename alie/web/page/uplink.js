// @ts-check
/**
 * The way of audio from the client to the server: held until the session is open, bounded always, paced for recordings.
 */
import { CaptureClock } from "./capture-clock.js";

/** Largest piece sent as one message; the server refuses more than 64 KiB. */
const MAX_FRAME_SAMPLES = 8192;
/** A recording waits while the browser holds more than this: enough to keep the wire busy, little to lose. */
const PACED_BUFFER_BYTES = 131072;
const PACED_POLL_MS = 20;
const BYTES_PER_SAMPLE = 2;

/** Sends one session's audio over one socket. */
export class Uplink {
  /** Says when each moment of the session was captured. @type {CaptureClock} */ clock;
  /** Samples refused because the bound was reached. */ droppedSamples = 0;

  #maxSamples;
  #onOverflow;
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {{pcm: Int16Array, capturedAt: number}[]} Frames from before the socket was given. */ #waiting = [];
  #waitingSamples = 0;
  #overflowing = false;

  /**
   * @param {{sampleRate: number, maxBufferedSeconds: number}} bounds
   * @param {() => void} onOverflow called once whenever a run of frames begins to be refused
   */
  constructor({ sampleRate, maxBufferedSeconds }, onOverflow) {
    this.clock = new CaptureClock(sampleRate);
    this.#maxSamples = maxBufferedSeconds * sampleRate;
    this.#onOverflow = onOverflow;
  }

  /**
   * Opens the way: what waited goes first.
   *
   * @param {WebSocket} socket whose server has said `stream_ready`
   */
  open(socket) {
    this.#socket = socket;
    for (const { pcm, capturedAt } of this.#waiting.splice(0)) this.#transmit(pcm, capturedAt);
    this.#waitingSamples = 0;
  }

  /**
   * Takes one live frame.
   *
   * @param {Int16Array} pcm
   * @param {number} capturedAt when its last sample was captured, ms since 1970
   * @returns {boolean} whether there was room for it
   */
  send(pcm, capturedAt) {
    if (this.#unsentSamples() + pcm.length > this.#maxSamples) {
      this.droppedSamples += pcm.length;
      if (!this.#overflowing) this.#onOverflow();
      this.#overflowing = true;
      return false;
    }
    this.#overflowing = false;
    if (this.#socket) {
      this.#transmit(pcm, capturedAt);
    } else {
      this.#waiting.push({ pcm, capturedAt });
      this.#waitingSamples += pcm.length;
    }
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
    const socket = /** @type {WebSocket} */ (this.#socket);
    let sent = 0;
    while (sent < samples.length && goesOn()) {
      if (socket.bufferedAmount > PACED_BUFFER_BYTES) {
        // Browsers have no event for a buffer that empties.
        await new Promise((resolve) => setTimeout(resolve, PACED_POLL_MS));
        continue;
      }
      const frame = samples.subarray(sent, sent + MAX_FRAME_SAMPLES);
      this.#transmit(frame, null);
      sent += frame.length;
      onProgress(sent / samples.length);
    }
    return sent;
  }

  #unsentSamples() {
    return this.#waitingSamples + (this.#socket?.bufferedAmount ?? 0) / BYTES_PER_SAMPLE;
  }

  /**
   * @param {Int16Array} pcm
   * @param {number | null} capturedAt
   */
  #transmit(pcm, capturedAt) {
    for (let at = 0; at < pcm.length; at += MAX_FRAME_SAMPLES) {
      this.#socket?.send(/** @type {Int16Array<ArrayBuffer>} */ (pcm.subarray(at, at + MAX_FRAME_SAMPLES)));
    }
    this.clock.add(pcm.length, capturedAt);
  }
}
