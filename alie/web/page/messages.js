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
 * The first message of a session. It asks to be resumable where audio is kept, for nothing could be sent again without.
 *
 * @param {typeof import("./client-options.js").DEFAULTS} options
 */
export function startMessage({ language, mode, vocabulary, words, partials, sampleRate, maxKeptSeconds }) {
  const start = { type: "start_transcription", languageCode: language, sampleRate, mode, words, partials };
  const kept = maxKeptSeconds > 0 ? { ack: true, resume: true } : {};
  return { ...start, ...kept, ...(vocabulary.length > 0 ? { vocabulary } : {}) };
}
