/** What a service says that hears audio: the JSON of Amazon Transcribe's TranscriptEvents. */

import { randomUUID } from "node:crypto";

const BYTES_PER_S = 32000;
// About 4 s: fifteen partials of 256 ms, then a final.
const EVENTS_PER_SEGMENT = 16;
const WORDS = "le patient se plaint de douleurs à la poitrine depuis trois jours".split(" ");

/** What one stream hears. */
export class Hearing {
  #received = 0;
  #events = 0;
  #startTime = 0;
  #resultId = randomUUID();

  /** The answer to so many bytes of audio, as JSON; it ends where all audio received does. */
  hear(size) {
    this.#received += size;
    const endTime = this.#received / BYTES_PER_S;
    const heard = ++this.#events % EVENTS_PER_SEGMENT || EVENTS_PER_SEGMENT;
    const isFinal = heard === EVENTS_PER_SEGMENT;
    const json = this.#tell(endTime, heard, isFinal);
    if (isFinal) [this.#startTime, this.#resultId] = [endTime, randomUUID()];
    return { endTime, json };
  }

  /** No more audio will come: the final of the segment that is open, as JSON, if one is. */
  finish() {
    const heard = this.#events % EVENTS_PER_SEGMENT;
    return heard ? [this.#tell(this.#received / BYTES_PER_S, heard, true)] : [];
  }

  #tell(endTime, heard, isFinal) {
    return JSON.stringify({ Transcript: { Results: [this.#result(endTime, heard, isFinal)] } });
  }

  #result(endTime, heard, isFinal) {
    const words = WORDS.slice(0, Math.ceil((heard * WORDS.length) / EVENTS_PER_SEGMENT));
    const step = (endTime - this.#startTime) / words.length;
    const Items = words.map((Content, index) => ({
      Confidence: isFinal ? 0.9971 : undefined,
      Content,
      EndTime: this.#startTime + (index + 1) * step,
      Stable: isFinal || index < words.length - 2,
      StartTime: this.#startTime + index * step,
      Type: "pronunciation",
      VocabularyFilterMatch: false,
    }));
    return {
      Alternatives: [{ Items, Transcript: words.join(" ") }],
      EndTime: endTime,
      IsPartial: !isFinal,
      ResultId: this.#resultId,
      StartTime: this.#startTime,
    };
  }
}
