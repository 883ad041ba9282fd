// @ts-check
/**
 * Which wall time belongs to which moment of a session.
 *
 * The server tells times on the session's clock, which counts samples only: pauses do not move it, and what was said before
 * the connection stood is sent late. So each frame's time of capture is kept, and told again when a result comes back.
 */

/** Marks kept before the older half is thinned: two minutes of frames stay exact, the rest of a day is interpolated. */
const MAX_MARKS = 2048;

export class CaptureClock {
  #sampleRate;
  #samples = 0;
  /** @type {{end: number, at: number}[]} `end` in samples, `at` in ms since 1970 */ #marks = [];

  /** @param {number} sampleRate samples a second */
  constructor(sampleRate) {
    this.#sampleRate = sampleRate;
  }

  /** Audio counted so far, in seconds. */
  get seconds() {
    return this.#samples / this.#sampleRate;
  }

  /**
   * Counts one frame.
   *
   * @param {number} samples its length
   * @param {number | null} capturedAt when its last sample was captured, ms since 1970; null for a recording
   */
  add(samples, capturedAt) {
    this.#samples += samples;
    if (capturedAt === null) return;
    this.#marks.push({ end: this.#samples, at: capturedAt });
    if (this.#marks.length > MAX_MARKS) {
      this.#marks = this.#marks.filter((_, i) => i % 2 === 1 || i > MAX_MARKS / 2);
    }
  }

  /**
   * When the audio at a moment of the session was captured.
   *
   * @param {number} seconds on the session's clock, 0 or more
   * @returns {number | null} ms since 1970; null if nothing live was sent
   */
  timeOf(seconds) {
    const sample = seconds * this.#sampleRate;
    const mark = this.#marks.find(({ end }) => end >= sample) ?? this.#marks.at(-1);
    if (!mark) return null;
    return mark.at - Math.max(0, ((mark.end - sample) / this.#sampleRate) * 1000);
  }
}
