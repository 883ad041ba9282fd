// @ts-check
/**
 * Where one session's clock stands in the dictation, in samples.
 *
 * A session's clock counts what that session was sent. A dictation may need several, where the server has lost the one
 * before, and may have holes, where audio had to be let go before it could be sent.
 */

export class Timeline {
  /** @type {{at: number, offset: number}[]} from `at` on the session's clock, the dictation's is ahead by `offset` */
  #anchors = [{ at: 0, offset: 0 }];

  /** @param {number} offset where in the dictation a new session begins */
  begin(offset) {
    this.#anchors = [{ at: 0, offset }];
  }

  /**
   * @param {number} at on the session's clock
   * @param {number} samples left out there
   */
  skip(at, samples) {
    this.#anchors.push({ at, offset: this.offset(at) + samples });
  }

  /**
   * @param {number} at on the session's clock
   * @param {boolean} [isEnd] whether it ends something: what ends where a hole begins lies before the hole
   * @returns {number} by how much the dictation's clock is ahead there
   */
  offset(at, isEnd = false) {
    let { offset } = this.#anchors[0];
    for (const anchor of this.#anchors) if (isEnd ? anchor.at < at : anchor.at <= at) offset = anchor.offset;
    return offset;
  }
}
