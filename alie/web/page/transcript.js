// @ts-check
/**
 * The text of one sitting: any number of dictations one after the other, on one clock that counts dictated seconds.
 *
 * It lives in memory only and is gone with the page.
 */

/** A pause of this many seconds after a finished sentence starts a new paragraph. */
const PARAGRAPH_PAUSE_S = 2.5;

/**
 * @typedef {object} Segment
 * @property {"speech" | "gap"} kind a gap marks where words may be missing
 * @property {string} text what was heard; empty for a gap
 * @property {number} start seconds since the first dictation's first sample
 * @property {number} end
 * @property {boolean} opensParagraph
 * @property {boolean} isUnconfirmed whether it was still a partial when the connection was lost
 * @property {{text: string, startTime: number, endTime: number}[]} words where the engine gave them, on the same clock
 * @property {string} language a BCP 47 tag; empty where it is not known
 * @property {number} at wall time, ms since 1970: when the text came, or since when words are missing
 */

/** Says "change" whenever its text changes, and "final" with each `Segment` that is certain. */
export class Transcript extends EventTarget {
  /** @type {Segment[]} */ segments = [];
  /** @type {Map<string, any>} Results still open, by their id, oldest first. */ #open = new Map();
  /** Gaps to be marked once the text is there, oldest first. @type {{start: number, end: number, at: number}[]} */ #gaps = [];
  #offset = 0;
  #language = "";
  #nextOpensParagraph = true;
  #revision = 0;
  #savedRevision = 0;

  /** What is being said: the open results, as one text. */
  get partialText() {
    return [...this.#open.values()].map(({ text }) => text).join(" ");
  }

  get isEmpty() {
    return this.segments.length === 0 && this.#open.size === 0;
  }

  /** Whether there is text that was neither copied nor downloaded since it last changed. */
  get isUnsaved() {
    return !this.isEmpty && this.#revision !== this.#savedRevision;
  }

  /**
   * Begins one dictation.
   *
   * @param {string} language of what will be said; "auto" where it is to be detected
   */
  beginDictation(language) {
    this.#language = language === "auto" ? "" : language;
  }

  /** @param {any} result a partial of alie-client.js */
  showPartial(result) {
    this.#open.set(result.resultId, result);
    this.#changed();
  }

  /** @param {any} result a final of alie-client.js; one with empty text takes its partials back */
  addFinal(result) {
    this.#open.delete(result.resultId);
    if (result.text !== "") {
      this.#markGaps(result.startTime ?? result.endTime ?? Infinity);
      const detail = this.#append(result, false);
      this.dispatchEvent(new CustomEvent("final", { detail }));
    }
    this.#changed();
  }

  /**
   * Some audio is missing: it is marked behind the text of what was said before.
   *
   * @param {number} start seconds since the dictation's first sample
   * @param {number} end
   * @param {number} at when it was spoken, ms since 1970
   */
  expectGap(start, end, at) {
    this.#gaps.push({ start, end, at });
  }

  /**
   * Ends one dictation. What was still open stays, marked: nobody will confirm it any more.
   *
   * @param {number} seconds its length, by which the next one's times are moved
   * @param {number | null} [missingFrom] where it broke off: when the last safe word was spoken, ms since 1970
   */
  endDictation(seconds, missingFrom = null) {
    this.#markGaps(seconds);
    for (const result of this.#open.values()) if (result.text !== "") this.#append(result, true);
    this.#open.clear();
    if (missingFrom !== null) this.#appendGap(seconds, missingFrom);
    this.#offset += seconds;
    this.#nextOpensParagraph = true;
    this.#changed();
  }

  clear() {
    this.segments = [];
    this.#gaps = [];
    this.#open.clear();
    this.#offset = 0;
    this.#nextOpensParagraph = true;
    this.#changed();
  }

  /** The text as it stands is in the user's hands. */
  markSaved() {
    this.#savedRevision = this.#revision;
  }

  /**
   * @param {any} result
   * @param {boolean} isUnconfirmed
   * @returns {Segment}
   */
  #append({ text, startTime, endTime, words, language }, isUnconfirmed) {
    const last = this.segments.at(-1);
    const start = this.#offset + (startTime ?? endTime ?? 0);
    const end = this.#offset + (endTime ?? startTime ?? 0);
    const paused = last !== undefined && start - last.end >= PARAGRAPH_PAUSE_S && /[.?!…]$/u.test(last.text);
    const moved = (words ?? []).map((/** @type {any} */ word) => ({
      text: word.text,
      startTime: this.#offset + word.startTime,
      endTime: this.#offset + word.endTime,
    }));
    const opensParagraph = this.#nextOpensParagraph || paused;
    const spoken = { text, start, end, words: moved, language: language ?? this.#language };
    /** @type {Segment} */
    const segment = { kind: "speech", ...spoken, opensParagraph, isUnconfirmed, at: Date.now() };
    this.segments.push(segment);
    this.#nextOpensParagraph = false;
    return segment;
  }

  /** @param {number} upTo how far the text is there, seconds since the dictation's first sample */
  #markGaps(upTo) {
    while (this.#gaps.length > 0 && this.#gaps[0].end <= upTo) {
      const { start, at } = /** @type {{start: number, at: number}} */ (this.#gaps.shift());
      this.#appendGap(start, at);
      this.#nextOpensParagraph = true;
    }
  }

  /**
   * @param {number} seconds since the dictation's first sample
   * @param {number} at wall time
   */
  #appendGap(seconds, at) {
    const [nothing, start] = [{ text: "", words: [], language: "", isUnconfirmed: false }, this.#offset + seconds];
    this.segments.push({ kind: "gap", ...nothing, start, end: start, opensParagraph: true, at });
  }

  #changed() {
    this.#revision += 1;
    this.dispatchEvent(new Event("change"));
  }
}
