// @ts-check
import { Deferred } from "./deferred.js";

/** What was asked to be finalised and is not answered yet: the server answers in order, and a cut has it asked again. */
export class Flushes {
  /** @type {Deferred[]} */ #waiting = [];

  /** How many are not answered. */
  get count() {
    return this.#waiting.length;
  }

  /** @returns {Promise<void>} settled by `answer` or `end` */
  add() {
    const flush = new Deferred();
    this.#waiting.push(flush);
    return flush.promise;
  }

  /** The oldest is answered. */
  answer() {
    this.#waiting.shift()?.resolve();
  }

  /** @param {Error | null} cause why no answer will come; null where everything is final */
  end(cause) {
    for (const flush of this.#waiting.splice(0)) {
      if (cause) flush.reject(cause);
      else flush.resolve();
    }
  }
}
