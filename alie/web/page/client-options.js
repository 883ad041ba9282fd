// @ts-check
/** What a client may be told, and what it does untold; `alie-client.d.ts` explains each. */

/** How much more patience a server is owed that is sent a recording. */
export const PACED_PATIENCE = 4;

export const DEFAULTS = {
  url: "/ws/transcription",
  language: "fr-CA",
  mode: "smart_dictation",
  vocabulary: /** @type {string[]} */ ([]),
  words: false,
  partials: true,
  sampleRate: 16000,
  maxBufferedSeconds: 30,
  maxKeptSeconds: 300,
  reconnectForMs: 300000,
  connectTimeoutMs: 20000,
  stopTimeoutMs: 30000,
  getToken: /** @type {import("./proof.js").GetToken | null} */ (null),
  random: Math.random,
  webSocket: /** @type {typeof WebSocket} */ (globalThis.WebSocket),
};
