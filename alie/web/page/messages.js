// @ts-check
/** The messages of docs/protocol.md that need more than passing on. */

/**
 * Reads one text frame.
 *
 * @param {unknown} data
 * @returns {any} the message, or null for what is not JSON: a newer server may say things this client does not know
 */
export function readMessage(data) {
  try {
    return JSON.parse(String(data));
  } catch {
    return null;
  }
}

/**
 * The first message of a session.
 *
 * @param {{language: string, mode: string, vocabulary: string[], words: boolean, partials: boolean, sampleRate: number}} options
 */
export function startMessage({ language, mode, vocabulary, words, partials, sampleRate }) {
  const start = { type: "start_transcription", languageCode: language, sampleRate, mode, words, partials };
  return vocabulary.length > 0 ? { ...start, vocabulary } : start;
}

/** The results of one session: how far they reach, and how late they come. */
export class Results {
  /** End of the last final, seconds on the session's clock: every word before it is safe. */
  confirmedSeconds = 0;
  #partialSeconds = 0;
  #clock;

  /** @param {import("./capture-clock.js").CaptureClock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /**
   * Takes one `transcription_result`.
   *
   * @param {any} message
   * @returns {{result: object, latencySeconds: number | null}} latency: from the capture of the result's last sound to now;
   *   null where that says nothing: no live audio, no text, or a partial that reaches no further than the one before
   */
  take(message) {
    const { resultId, text, startTime, endTime, isFinal, speaker = null, engine = null, words = null } = message;
    const { language_detected: language = null, confidence_score: confidence = null } = message;
    const latencySeconds = this.#latency(text, endTime, isFinal);
    this.#reach(endTime ?? 0, isFinal);
    const result = { resultId, text, startTime, endTime, speaker, language, confidence, engine, words };
    return { result, latencySeconds };
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
