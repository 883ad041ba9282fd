// @ts-check
/** Notices speech that no words come back for: the failure that a "recording" light hides best. */

/** A peak that a voice reaches and a quiet room does not: -30 dB. */
const SPEECH_PEAK = 0.03;
/** Seconds of loud frames without any result after which the user is told. Slow engines answer within a third of it. */
const PATIENCE_S = 12;

export class Unanswered {
  #loudSeconds = 0;
  #told = false;
  #onChange;

  /** @param {(isUnanswered: boolean) => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /**
   * @param {number} peak of one frame, 0 to 1
   * @param {number} seconds its length
   */
  hear(peak, seconds) {
    if (peak < SPEECH_PEAK) return;
    this.#loudSeconds += seconds;
    if (this.#told || this.#loudSeconds < PATIENCE_S) return;
    this.#told = true;
    this.#onChange(true);
  }

  /** A result has come. */
  answer() {
    this.#loudSeconds = 0;
    if (!this.#told) return;
    this.#told = false;
    this.#onChange(false);
  }
}
