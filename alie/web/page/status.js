// @ts-check
/** How things stand: what the page does, how each leg is, what the user should know. Views read it, the dictation writes it. */

/**
 * @typedef {"idle" | "opening" | "dictating" | "paused" | "reading" | "sending" | "finishing"} Phase
 * @typedef {"off" | "busy" | "good" | "warn" | "bad"} Tone
 * @typedef {{state: string, tone: Tone, values?: Record<string, any>}} Leg `state` names a sentence of texts-fr.js
 * @typedef {"startAgain" | "giveUp" | "signInAgain" | "otherMicrophone" | "wakeSound"} Action what a notice offers to do
 * @typedef {{text: string, values?: Record<string, any>}} Sentence `text` names one of texts-fr.js; times are ms since 1970
 * @typedef {{tone: Tone, sentences: Sentence[], action?: Action}} Notice
 */

/** @type {{microphone: Leg, connection: Leg, engine: Leg}} */
const AT_REST = {
  microphone: { state: "off", tone: "off" },
  connection: { state: "off", tone: "off" },
  engine: { state: "off", tone: "off" },
};

/** Says "change" whenever anything in it changes, and "tell" for what is to be said in passing. */
export class Status extends EventTarget {
  /** @type {Phase} */ phase = "idle";
  legs = { ...AT_REST };
  /** @type {Map<string, Notice>} by the thing they are about: a thing has one notice at a time */ notices = new Map();
  /** From the end of the last words' sound to their arrival, seconds. @type {number | null} */ latencySeconds = null;
  /** @type {number | null} */ roundTripMs = null;
  /**
   * Of a recording: how much of it is transcribed, and its length.
   *
   * @type {{name: string, doneSeconds: number, totalSeconds: number} | null}
   */
  progress = null;

  get isIdle() {
    return this.phase === "idle";
  }

  /**
   * A new dictation begins: what was said about the one before no longer holds.
   *
   * @param {Phase} phase
   */
  begin(phase) {
    this.legs = { ...AT_REST };
    this.notices.clear();
    this.latencySeconds = this.roundTripMs = this.progress = null;
    this.setPhase(phase);
  }

  /** @param {Phase} phase */
  setPhase(phase) {
    this.phase = phase;
    this.changed();
  }

  /**
   * @param {keyof typeof AT_REST} leg
   * @param {string} state
   * @param {Tone} tone
   * @param {Record<string, any>} [values]
   */
  setLeg(leg, state, tone, values) {
    this.legs[leg] = { state, tone, values };
    this.changed();
  }

  /**
   * @param {string} about
   * @param {Tone} tone
   * @param {Sentence[]} sentences
   * @param {Action} [action]
   */
  notify(about, tone, sentences, action) {
    this.notices.set(about, { tone, sentences, action });
    this.changed();
  }

  /** @param {string} about */
  withdraw(about) {
    if (this.notices.delete(about)) this.changed();
  }

  /**
   * Says a sentence in passing: shown for a moment, and read out.
   *
   * @param {Sentence} sentence
   */
  tell(sentence) {
    this.dispatchEvent(new CustomEvent("tell", { detail: sentence }));
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}
