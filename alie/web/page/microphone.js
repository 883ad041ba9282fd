// @ts-check
/**
 * One microphone as a stream of 16-bit frames, with everything that can go wrong with it said as an event.
 *
 * Import it from `alie-client.js`; the declarations with all units are in `alie-client.d.ts`.
 */

/** Peak below which a frame counts as silent: -56 dB. A quiet room through any working microphone is louder. */
const SILENCE_PEAK = 0.0015;
/** How long the worklet may take to hand over its remainder; a suspended audio thread never answers. */
const REMAINDER_TIMEOUT_MS = 500;
const BUSY_RETRY_MS = 500;
const WAKE_TIMEOUT_MS = 2000;

/** @type {Record<string, string>} */
const CODES = {
  NotAllowedError: "MICROPHONE_REFUSED",
  SecurityError: "MICROPHONE_REFUSED",
  NotFoundError: "MICROPHONE_MISSING",
  OverconstrainedError: "MICROPHONE_MISSING",
  NotReadableError: "MICROPHONE_BUSY",
  AbortError: "MICROPHONE_BUSY",
};

/** Why a microphone could not be opened; `code` is one of those declared in `alie-client.d.ts`. */
export class MicrophoneError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = "MicrophoneError";
    this.code = code;
  }
}

/** A microphone, opened once and closed once. */
export class Microphone extends EventTarget {
  #options;
  /** @type {MediaStream | null} */ #stream = null;
  /** @type {AudioContext | null} */ #context = null;
  /** @type {AudioWorkletNode | null} */ #worklet = null;
  #silentSamples = 0;
  #onlyZeros = true;
  #isSilent = false;
  #closed = false;
  /** @type {() => void} */ #onRemainder = () => {};

  /** @param {import("./alie-client.js").MicrophoneOptions} [options] */
  constructor(options = {}) {
    super();
    this.#options = {
      deviceId: "",
      sampleRate: 16000,
      frameSamples: 1600,
      silentAfterSeconds: 5,
      workletUrl: new URL("./pcm-worklet.js", import.meta.url),
      ...options,
    };
  }

  /** The microphones there are; without labels until one was allowed. @returns {Promise<{deviceId: string, label: string}[]>} */
  static async list() {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return devices
      .filter((device) => device.kind === "audioinput" && device.deviceId !== "")
      .map(({ deviceId, label }) => ({ deviceId, label }));
  }

  /** The device's name, empty before it is open. @returns {string} */
  get label() {
    return this.#stream?.getAudioTracks()[0]?.label ?? "";
  }

  /** The device's id, empty before it is open. @returns {string} */
  get deviceId() {
    return this.#stream?.getAudioTracks()[0]?.getSettings().deviceId ?? "";
  }

  /** Asks for the permission and begins. @returns {Promise<void>} @throws {MicrophoneError} */
  async start() {
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new MicrophoneError("INSECURE_CONTEXT", "A microphone can only be used over https or on localhost");
    }
    try {
      await this.#open();
    } catch (error) {
      this.#release();
      if (error instanceof MicrophoneError) throw error;
      const { name, message } = /** @type {Error} */ (error);
      throw new MicrophoneError(CODES[name] ?? "MICROPHONE_FAILED", message);
    }
    if (this.#closed) this.#release();
  }

  /** Asks for the sound back after a "suspended". */
  resume() {
    this.#context?.resume().catch(() => {});
  }

  /** Ends the capture; resolves when its last samples have come as a "frame". @returns {Promise<void>} */
  async stop() {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#worklet) {
      const remainder = new Promise((resolve) => {
        this.#onRemainder = () => resolve(undefined);
        setTimeout(resolve, REMAINDER_TIMEOUT_MS);
      });
      this.#worklet.port.postMessage("end");
      await remainder;
    }
    this.#release();
  }

  /** @returns {Promise<MediaStream>} */
  async #capture() {
    const { deviceId } = this.#options;
    // A recogniser hears better what was not cleaned for human ears; only the loudness is worth evening out.
    const audio = {
      ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
      channelCount: 1,
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: true,
    };
    try {
      return await navigator.mediaDevices.getUserMedia({ audio });
    } catch (error) {
      if (CODES[/** @type {Error} */ (error).name] !== "MICROPHONE_BUSY") throw error;
      // A device that was let go of a moment ago, by this page or another, may not be free yet.
      await new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS));
      return navigator.mediaDevices.getUserMedia({ audio });
    }
  }

  async #open() {
    const { workletUrl, sampleRate, frameSamples } = this.#options;
    this.#stream = await this.#capture();
    this.#watchTrack(this.#stream.getAudioTracks()[0]);
    // The context keeps the device's own rate: Firefox refuses to connect a microphone to any other.
    this.#context = new AudioContext({ latencyHint: "interactive" });
    await this.#context.audioWorklet.addModule(workletUrl).catch((error) => {
      throw new MicrophoneError("WORKLET_FAILED", error.message);
    });
    this.#worklet = new AudioWorkletNode(this.#context, "alie-pcm", {
      processorOptions: { sampleRate, frameSamples },
    });
    this.#worklet.port.onmessage = ({ data }) => this.#onWorklet(data);
    // The worklet puts out silence. It is connected because some browsers run only what leads to the loudspeaker.
    this.#context.createMediaStreamSource(this.#stream).connect(this.#worklet).connect(this.#context.destination);
    this.#context.onstatechange = () => this.#onContextState();
    await this.#wake(this.#context);
  }

  /** @param {AudioContext} context */
  async #wake(context) {
    // Without a click before it, a browser may leave this promise open for ever.
    await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, WAKE_TIMEOUT_MS))]);
    if (context.state !== "running") this.#emit("suspended");
  }

  /** @param {MediaStreamTrack} track */
  #watchTrack(track) {
    track.onmute = () => this.#emit("muted");
    track.onunmute = () => this.#emit("unmuted");
    track.onended = () => this.#emit("unplugged");
    if (track.muted) this.#emit("muted");
  }

  #onContextState() {
    const state = this.#context?.state;
    if (this.#closed || state === "closed") return;
    this.#emit(state === "running" ? "running" : "suspended");
    // A phone call or another page may take the audio away; ask for it back as soon as the browser allows.
    if (state !== "running") this.resume();
  }

  /** @param {{ended?: boolean, pcm: ArrayBuffer, peak: number, rms: number}} message */
  #onWorklet({ ended, pcm, peak, rms }) {
    if (ended) {
      this.#onRemainder();
      return;
    }
    const frame = new Int16Array(pcm);
    this.#emit("frame", { pcm: frame, peak, rms, capturedAt: Date.now() });
    this.#watchSilence(peak, frame.length);
  }

  /**
   * @param {number} peak
   * @param {number} samples
   */
  #watchSilence(peak, samples) {
    if (peak >= SILENCE_PEAK) {
      if (this.#isSilent) this.#emit("sound");
      this.#isSilent = false;
      this.#silentSamples = 0;
      this.#onlyZeros = true;
      return;
    }
    this.#silentSamples += samples;
    this.#onlyZeros &&= peak === 0;
    const seconds = this.#silentSamples / this.#options.sampleRate;
    if (this.#isSilent || seconds < this.#options.silentAfterSeconds) return;
    this.#isSilent = true;
    this.#emit("silent", { zeros: this.#onlyZeros, seconds });
  }

  #release() {
    this.#closed = true;
    for (const track of this.#stream?.getTracks() ?? []) {
      track.onended = track.onmute = track.onunmute = null;
      track.stop();
    }
    if (this.#context && this.#context.state !== "closed") this.#context.close().catch(() => {});
  }

  /**
   * @param {string} type
   * @param {object} [detail]
   */
  #emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
