// @ts-check
/** What happens between "start" and "stop": a microphone or a recording on one side, a client of the server on the other. */
import { AlieClient, Microphone } from "./alie-client.js";
import { watchClient } from "./client-watch.js";
import { showKept } from "./connection-watch.js";
import { openWatched } from "./microphone-watch.js";
import { decodeRecording } from "./recording.js";
import { Unanswered } from "./unanswered.js";

const SAMPLE_RATE = 16000;

/**
 * @typedef {import("./alie-client.js").Language} Language
 * @typedef {{language: Language, vocabulary: string[], deviceId: string}} Settings what the user has chosen
 * @typedef {{peak: number, rms: number}} Level of one frame, 0 to 1
 */

/** Runs one dictation at a time. Says "frame" with a `Level`, and "seconds" with the length dictated so far. */
export class Dictation extends EventTarget {
  #status;
  #transcript;
  #wakeLock;
  /** @type {AlieClient | null} */ #client = null;
  /** @type {Microphone | null} */ #microphone = null;
  /** @type {AbortController | null} */ #sending = null;
  #unanswered = new Unanswered(() => {});
  #getToken;

  /**
   * @param {import("./status.js").Status} status
   * @param {import("./transcript.js").Transcript} transcript
   * @param {import("./wake-lock.js").WakeLock} wakeLock
   * @param {import("./proof.js").GetToken} getToken
   */
  constructor(status, transcript, wakeLock, getToken) {
    super();
    this.#status = status;
    this.#transcript = transcript;
    this.#wakeLock = wakeLock;
    this.#getToken = getToken;
  }

  /**
   * Opens the microphone and the session. Failures are told through the status.
   *
   * @param {Settings} settings
   */
  async start(settings) {
    this.#status.begin("opening");
    const client = this.#newClient(settings);
    if (!(await this.#openMicrophone(settings.deviceId)) || this.#client !== client) {
      if (this.#client === client) this.#rest();
      return;
    }
    this.#wakeLock.hold();
    this.#status.setPhase("dictating");
    this.#connect(client);
  }

  /** Ends what is running; resolves when its last words are there, or the user has been told that they are not. */
  async stop() {
    const client = this.#client;
    if (!client || this.#status.phase === "finishing") return;
    if (client.state === "idle") {
      this.#closeMicrophone();
      this.#rest();
      return;
    }
    this.#status.setPhase("finishing");
    this.#sending?.abort();
    await this.#closeMicrophone();
    if (client.state !== "reconnecting") this.#status.setLeg("connection", "finishing", "busy");
    // A failure comes as the client's "close" event too, and is told there.
    await client.stop().catch(() => {});
  }

  /** Does not wait any longer, neither for a connection nor for words. */
  giveUp() {
    this.#client?.abort();
  }

  /** Holds the audio back, or lets it go on. What is said in a pause is not sent anywhere. */
  togglePause() {
    const client = this.#client;
    if (this.#status.phase === "dictating") {
      this.#status.setPhase("paused");
      this.#status.setLeg("microphone", "paused", "off");
      client?.flush().catch(() => {});
      client?.pause();
    } else if (this.#status.phase === "paused") {
      client?.unpause();
      this.#status.setLeg("microphone", "live", "good");
      this.#status.setPhase("dictating");
    }
  }

  /**
   * Goes on with another microphone in the same session.
   *
   * @param {string} deviceId empty for the default one
   */
  async changeMicrophone(deviceId) {
    if (this.#status.phase !== "dictating") return;
    await this.#closeMicrophone();
    if (await this.#openMicrophone(deviceId)) this.#client?.unpause();
  }

  /** Asks for the sound back after the browser has suspended it. */
  wakeSound() {
    this.#microphone?.resume();
  }

  /**
   * Transcribes a recording, as fast as the server takes it.
   *
   * @param {File} file
   * @param {Settings} settings
   */
  async sendRecording(file, settings) {
    if (!this.#status.isIdle) {
      this.#status.notify("file", "warn", [{ text: "FILE_BUSY" }]);
      return;
    }
    this.#status.begin("reading");
    this.#status.setLeg("microphone", "unused", "off");
    this.#status.progress = { name: file.name, doneSeconds: 0, totalSeconds: 0 };
    this.#status.changed();
    const client = this.#newClient(settings);
    const samples = await this.#decode(file);
    if (this.#client !== client) return;
    if (!samples) return this.#rest();
    this.#status.progress = { name: file.name, doneSeconds: 0, totalSeconds: samples.length / SAMPLE_RATE };
    this.#status.setPhase("sending");
    this.#sending = new AbortController();
    this.#connect(client);
    const { signal } = this.#sending;
    const sent = await client.sendAll(samples, { signal }).then(() => true, () => false);
    if (sent) await this.stop();
  }

  /** @param {Settings} settings */
  #newClient({ language, vocabulary }) {
    const client = new AlieClient({ language, vocabulary, words: true, getToken: this.#getToken });
    this.#transcript.beginDictation(language);
    watchClient(client, this.#status, this.#transcript);
    this.#unanswered = this.#watchAnswers(client);
    client.addEventListener("close", () => {
      this.#closeMicrophone();
      this.#rest();
    });
    this.#client = client;
    return client;
  }

  /** @param {AlieClient} client */
  #watchAnswers(client) {
    const unanswered = new Unanswered((isUnanswered) => {
      if (isUnanswered) this.#status.notify("answers", "warn", [{ text: "noText" }]);
      else this.#status.withdraw("answers");
    });
    for (const type of ["partial", "final", "resumed"]) client.addEventListener(type, () => unanswered.answer());
    return unanswered;
  }

  /** @param {AlieClient} client */
  #connect(client) {
    this.#status.setLeg("connection", "connecting", "busy");
    // A failure comes as the client's "close" event too, and is told there.
    client.start().catch(() => {});
  }

  /**
   * @param {string} deviceId
   * @returns {Promise<boolean>} whether it is open
   */
  async #openMicrophone(deviceId) {
    const microphone = new Microphone({ deviceId });
    this.#microphone = microphone;
    microphone.addEventListener("frame", (event) => this.#onFrame(microphone, event));
    const isOpen = await openWatched(microphone, this.#status, () => this.#client?.pause());
    return isOpen && this.#microphone === microphone;
  }

  /**
   * @param {Microphone} microphone
   * @param {any} event
   */
  #onFrame(microphone, { detail: { pcm, peak, rms, capturedAt } }) {
    const client = this.#client;
    if (this.#status.phase !== "paused") {
      client?.send(pcm, capturedAt);
      // Without a connection there is another reason, which is told.
      if (client?.state !== "reconnecting") this.#unanswered.hear(peak, pcm.length / SAMPLE_RATE);
    }
    if (microphone === this.#microphone) this.dispatchEvent(new CustomEvent("frame", { detail: { peak, rms } }));
    if (!client) return;
    this.dispatchEvent(new CustomEvent("seconds", { detail: client.takenSeconds }));
    showKept(client, this.#status);
  }

  async #closeMicrophone() {
    const microphone = this.#microphone;
    this.#microphone = null;
    await microphone?.stop();
    this.dispatchEvent(new CustomEvent("frame", { detail: { peak: 0, rms: 0 } }));
  }

  /** @param {File} file */
  async #decode(file) {
    try {
      return await decodeRecording(file);
    } catch (error) {
      const { code } = /** @type {import("./recording.js").RecordingError} */ (error);
      this.#status.notify("file", "bad", [{ text: code, values: { name: file.name } }]);
      return null;
    }
  }

  #rest() {
    this.#client = null;
    this.#sending = null;
    this.#wakeLock.release();
    this.#status.progress = null;
    if (this.#status.legs.microphone.tone !== "bad") this.#status.setLeg("microphone", "off", "off");
    this.#status.setPhase("idle");
  }
}
