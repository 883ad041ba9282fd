// @ts-check
/**
 * The end of a dictation's audio, held until every word of it is safe: what was cut off can be sent again.
 *
 * It lives in memory only. Positions are samples since the dictation's first one.
 */

export class KeptAudio {
  /** Where the held audio begins. */ start = 0;
  /** Where it ends: all that was ever added. */ end = 0;
  /** @type {Int16Array[]} one after the other, from `start` to `end` */ #pieces = [];
  #mostSamples;

  /** @param {number} mostSamples beyond which the oldest is let go */
  constructor(mostSamples) {
    this.#mostSamples = mostSamples;
  }

  /**
   * @param {Int16Array} pcm that nobody else will change
   * @returns {boolean} whether older audio had to be let go for it
   */
  add(pcm) {
    if (pcm.length === 0) return false;
    this.#pieces.push(pcm);
    this.end += pcm.length;
    const isFull = this.end - this.start > this.#mostSamples;
    // Whole pieces: half a piece takes the memory of a whole one.
    while (this.end - this.start > this.#mostSamples) this.#shift();
    return isFull;
  }

  /** @param {number} upTo what lies before is not needed any more; a piece that reaches beyond it is held as a whole */
  release(upTo) {
    while (this.#pieces.length > 0 && this.start + this.#pieces[0].length <= upTo) this.#shift();
  }

  /**
   * @param {number} from within what is held
   * @param {number} most samples
   * @returns {Int16Array} at least one sample, and up to `most`, from there
   */
  read(from, most) {
    // From the end: what is sent is the newest, but after a cut.
    let index = this.#pieces.length - 1;
    let start = this.end - this.#pieces[index].length;
    while (start > from) {
      index -= 1;
      start -= this.#pieces[index].length;
    }
    return this.#pieces[index].subarray(from - start, from - start + most);
  }

  #shift() {
    this.start += /** @type {Int16Array} */ (this.#pieces.shift()).length;
  }
}
