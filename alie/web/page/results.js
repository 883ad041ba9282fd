// @ts-check
/** The results of a dictation: each told once, on the dictation's clock, with how far they reach and how late they come. */

export class Results {
  /** End of the last final, seconds on the dictation's clock. */
  confirmedSeconds = 0;
  /** The newest result of the session that was taken; the server counts from 1 in each session. */
  lastSeq = 0;
  /** Finals with text that came of the sessions before this one. */
  earlierFinals = 0;
  #finals = 0;
  #settledSeconds = 0;
  #partialSeconds = 0;
  /** @type {Map<string, number>} where the results begin that were shown and are not final, by their id */ #open = new Map();
  #clock;
  #timeline;
  #sampleRate;

  /**
   * @param {import("./capture-clock.js").CaptureClock} clock
   * @param {import("./timeline.js").Timeline} timeline
   * @param {number} sampleRate samples a second
   */
  constructor(clock, timeline, sampleRate) {
    this.#clock = clock;
    this.#timeline = timeline;
    this.#sampleRate = sampleRate;
  }

  /** Every word spoken before it is here as a final; seconds on the dictation's clock. */
  get safeSeconds() {
    return Math.max(this.#settledSeconds, Math.min(this.confirmedSeconds, ...this.#open.values()));
  }

  /** @param {number} seconds every word before it has been told, on the session's clock: what an `audio_ack` says */
  settle(seconds) {
    this.#settledSeconds = Math.max(this.#settledSeconds, this.#placed(seconds, true));
  }

  /**
   * Takes one `transcription_result`.
   *
   * @param {any} message
   * @returns {{result: any, latencySeconds: number | null} | null} null for one that was taken before the connection was
   *   cut. Latency: from the capture of the result's last sound to now; null where that says nothing: no live audio, no
   *   text, or a partial that reaches no further than the one before
   */
  take(message) {
    if (message.seq <= this.lastSeq) return null;
    this.lastSeq = message.seq ?? this.lastSeq;
    const { resultId, text, isFinal, speaker = null, engine = null } = message;
    const { language_detected: language = null, confidence_score: confidence = null } = message;
    const [startTime, endTime] = [this.#placed(message.startTime), this.#placed(message.endTime, true)];
    const words = message.words?.map((/** @type {any} */ word) => this.#placedWord(word)) ?? null;
    const latencySeconds = this.#latency(text, endTime, isFinal);
    if (isFinal) this.#close(resultId, text);
    else this.#open.set(resultId, startTime ?? endTime ?? this.confirmedSeconds);
    this.#reach(endTime ?? 0, isFinal);
    return { result: { resultId, text, startTime, endTime, speaker, language, confidence, engine, words }, latencySeconds };
  }

  /**
   * The session is gone, and a new one begins: what was open will never be final.
   *
   * @returns {any[]} finals without text that take it back
   */
  beginAgain() {
    const nothing = { text: "", speaker: null, language: null, confidence: null, engine: null, words: null };
    const withdrawn = [...this.#open].map(([resultId, at]) => ({ resultId, startTime: at, endTime: at, ...nothing }));
    // What reaches beyond the beginning of a text that is taken back will be heard again.
    this.confirmedSeconds = Math.min(this.confirmedSeconds, this.safeSeconds);
    this.#open.clear();
    this.earlierFinals += this.#finals;
    this.#finals = this.lastSeq = this.#partialSeconds = 0;
    return withdrawn;
  }

  /**
   * @param {string} resultId
   * @param {string} text
   */
  #close(resultId, text) {
    this.#open.delete(resultId);
    if (text !== "") this.#finals += 1;
  }

  /** @param {any} word */
  #placedWord(word) {
    return { ...word, startTime: this.#placed(word.startTime), endTime: this.#placed(word.endTime, true) };
  }

  /**
   * @param {any} seconds on the session's clock, or nothing
   * @param {boolean} [isEnd]
   * @returns {any} seconds on the dictation's clock, or null
   */
  #placed(seconds, isEnd) {
    if (typeof seconds !== "number") return null;
    return seconds + this.#timeline.offset(seconds * this.#sampleRate, isEnd) / this.#sampleRate;
  }

  /**
   * @param {string} text
   * @param {number | null} endTime
   * @param {boolean} isFinal
   */
  #latency(text, endTime, isFinal) {
    if (text === "" || endTime === null || (!isFinal && endTime <= this.#partialSeconds)) return null;
    const spokenAt = this.#clock.timeOf(endTime);
    return spokenAt === null ? null : (Date.now() - spokenAt) / 1000;
  }

  /**
   * @param {number} endTime
   * @param {boolean} isFinal
   */
  #reach(endTime, isFinal) {
    if (isFinal) this.confirmedSeconds = Math.max(this.confirmedSeconds, endTime);
    else this.#partialSeconds = Math.max(this.#partialSeconds, endTime);
  }
}
