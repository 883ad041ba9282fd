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
import { AlieError } from "./alie-error.js";
import { DEFAULTS } from "./client-options.js";
import { Exchange } from "./exchange.js";

export { AlieError };
export { Microphone, MicrophoneError } from "./microphone.js";

/** One dictation, over as many WebSockets as it takes. Make a new one for each dictation. */
export class AlieClient extends EventTarget {
  #exchange;
  #rate;

  /** @param {Partial<typeof DEFAULTS>} [options] */
  constructor(options = {}) {
    super();
    const all = { ...DEFAULTS, ...options };
    this.#rate = all.sampleRate;
    this.#exchange = new Exchange(all, (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail })));
  }

  /** Where the dictation stands. */
  get state() {
    return this.#exchange.state;
  }

  /** What the server said in `stream_ready`, or null before. */
  get session() {
    return this.#exchange.session;
  }

  /** Audio taken so far, seconds; also "now" on the dictation's clock. */
  get takenSeconds() {
    return this.#exchange.uplink.takenSamples / this.#rate;
  }

  /** Audio handed to the network so far, seconds; a cut may set it back. */
  get sentSeconds() {
    return this.#exchange.uplink.sentSamples / this.#rate;
  }

  /** End of the last final result, seconds on the dictation's clock. */
  get confirmedSeconds() {
    return this.#exchange.results.confirmedSeconds;
  }

  /** Every word before it has come as a final, seconds on the dictation's clock. */
  get safeSeconds() {
    return this.#exchange.results.safeSeconds;
  }

  /** When that was, ms since 1970; null if nothing live was taken. */
  get safeUntil() {
    return this.#exchange.safeUntil;
  }

  /** Audio refused because too much was waiting, or let go before its words were safe, seconds. */
  get droppedSeconds() {
    return this.#exchange.uplink.droppedSamples / this.#rate;
  }

  /** When the server was last heard, ms since 1970; null before. */
  get lastHeardAt() {
    return this.#exchange.link.lastHeardAt;
  }

  /** Network round trip of the last ping, ms; null before the first answer. */
  get roundTripMs() {
    return this.#exchange.link.roundTripMs;
  }

  /** Connects; resolves when the server is ready. Audio may be sent at once, it waits its turn. */
  start() {
    if (this.state !== "idle") throw new Error("A client is started once");
    return this.#exchange.start();
  }

  /**
   * Sends live audio, or keeps it until the server is ready.
   *
   * @param {Int16Array | ArrayBuffer} audio PCM16, mono, at the session's sample rate
   * @param {number} [capturedAt] when its last sample was captured, ms since 1970
   * @returns {boolean} false when it was not taken: too much is waiting, or the dictation is over
   */
  send(audio, capturedAt = Date.now()) {
    return this.#exchange.send(audio instanceof Int16Array ? audio : new Int16Array(audio), capturedAt);
  }

  /**
   * Sends a recording as fast as the server takes it.
   *
   * @param {Int16Array} samples
   * @param {{signal?: AbortSignal, onProgress?: (fraction: number) => void}} [options]
   * @returns {Promise<number>} seconds sent: less than the recording when `signal` was aborted
   */
  async sendAll(samples, { signal, onProgress = () => {} } = {}) {
    return (await this.#exchange.sendAll(samples, signal, onProgress)) / this.#rate;
  }

  /** Asks for finals of all that was said so far; resolves when they have come. */
  flush() {
    return this.#exchange.flush();
  }

  /** Says that no audio will come for a while. */
  pause() {
    this.#exchange.pause();
  }

  /** Says that audio will come again; sending some says the same. */
  unpause() {
    this.#exchange.unpause();
  }

  /** Ends the dictation: resolves with its summary once the last words have come. */
  stop() {
    return this.#exchange.stop();
  }

  /** Closes at once, without waiting for any words. */
  abort() {
    this.#exchange.abort();
  }
}
