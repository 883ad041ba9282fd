// @ts-check
/** Carries what a client says into the text and the status. */
import { lastReason, reason, watchConnection } from "./connection-watch.js";

/**
 * @typedef {import("./alie-client.js").AlieClient} AlieClient
 * @typedef {import("./status.js").Status} Status
 * @typedef {import("./status.js").Tone} Tone
 * @typedef {import("./transcript.js").Transcript} Transcript
 */

/** No word fits into less unconfirmed audio than this. */
const SAFE_TAIL_S = 0.3;
/** Results whose median is shown: one slow word should not make the number jump. */
const LATENCY_SPAN = 7;
/** How the connection stands after an end, by its cause; after all others the server itself has closed it. */
const CONNECTION_AFTER = /** @type {Record<string, [string, Tone]>} */ ({
  CONNECTION_LOST: ["lost", "bad"],
  RECONNECT_FAILED: ["lost", "bad"],
  CONNECT_FAILED: ["failed", "bad"],
  CONNECT_TIMEOUT: ["failed", "bad"],
});
/** What is said when the engine comes into a state. */
const ENGINE_SENTENCES = /** @type {Record<string, string>} */ ({
  recovering: "engineRecovering",
  live: "engineLive",
  failed_over: "engineFailedOver",
});

/**
 * @param {AlieClient} client
 * @param {Status} status
 * @param {Transcript} transcript
 */
export function watchClient(client, status, transcript) {
  const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ act) =>
    client.addEventListener(type, (/** @type {any} */ event) => act(event.detail));
  on("partial", (result) => {
    transcript.showPartial(result);
    progress(status, result);
  });
  on("final", (result) => {
    transcript.addFinal(result);
    progress(status, result);
  });
  on("engine", ({ state, engine }) => followEngine(status, state, engine ?? client.session?.engine ?? ""));
  on("error", ({ error }) => {
    // A fatal error is followed by the end, or by a new connection, which tells it together with what it means for the text.
    if (!error.fatal) status.notify(error.code, "warn", [{ text: error.code, values: { sentence: error.message } }]);
  });
  on("close", (end) => showEnd(client, status, transcript, end));
  watchConnection(client, status, transcript);
  watchLatency(client, status);
}

/**
 * @param {Status} status
 * @param {{endTime: number | null}} result
 */
function progress(status, { endTime }) {
  if (!status.progress || endTime === null) return;
  status.progress.doneSeconds = Math.max(status.progress.doneSeconds, endTime);
  status.changed();
}

/**
 * The engine behind the session has changed its state. A newer server may have states that say nothing to this page.
 *
 * @param {Status} status
 * @param {string} state
 * @param {string} engine
 */
function followEngine(status, state, engine) {
  const sentence = Object.hasOwn(ENGINE_SENTENCES, state) && ENGINE_SENTENCES[state];
  if (!sentence) return;
  const isRecovering = state === "recovering";
  status.setLeg("engine", state, isRecovering ? "warn" : "good", { engine });
  // That words are late matters as long as it lasts; that they come again is soon seen.
  if (isRecovering) return status.notify("engine", "warn", [{ text: sentence, values: { engine } }]);
  status.withdraw("engine");
  status.tell({ text: sentence, values: { engine } });
}

/**
 * @param {AlieClient} client
 * @param {Status} status
 */
function watchLatency(client, status) {
  /** @type {number[]} */ const last = [];
  client.addEventListener("latency", (/** @type {any} */ { detail }) => {
    last.push(detail.seconds);
    if (last.length > LATENCY_SPAN) last.shift();
    status.latencySeconds = [...last].sort((a, b) => a - b)[Math.floor(last.length / 2)];
    status.roundTripMs = client.roundTripMs;
    status.changed();
  });
}

/**
 * @param {AlieClient} client
 * @param {Status} status
 * @param {Transcript} transcript
 * @param {any} end
 */
function showEnd(client, status, transcript, end) {
  const tail = client.takenSeconds - client.safeSeconds;
  const isSafe = end.completed || (tail <= SAFE_TAIL_S && transcript.partialText === "");
  transcript.endDictation(client.takenSeconds, isSafe ? null : end.missingFrom);
  status.setLeg("engine", "off", "off");
  for (const about of ["engine", "connection", "AUDIO_LET_GO"]) status.withdraw(about);
  if (end.completed) {
    status.setLeg("connection", "off", "off");
    showLosses(status, end.summary);
    return;
  }
  const [state, tone] = CONNECTION_AFTER[end.error.code] ?? ["off", "off"];
  status.setLeg("connection", state, tone, { time: end.lastHeardAt });
  const why = [reason(end.error, end.lastHeardAt), ...lastReason(end.error)];
  status.notify("end", "bad", [...why, consequence(client, status, isSafe, end)], wayOn(end.error, status));
}

/**
 * @param {{code: string, retryable: boolean}} error
 * @param {Status} status
 * @returns {import("./status.js").Action | undefined} what helps
 */
function wayOn({ code, retryable }, status) {
  if (code.startsWith("AUTH_") || code === "TOKEN_FAILED") return "signInAgain";
  return retryable && !status.progress ? "startAgain" : undefined;
}

/**
 * What the end means for the text, which is what the user needs to know.
 *
 * @param {AlieClient} client
 * @param {Status} status
 * @param {boolean} isSafe
 * @param {any} end
 */
function consequence(client, status, isSafe, { missingFrom }) {
  if (status.progress) return { text: "recordingCut", values: { duration: client.safeSeconds } };
  if (!client.session) return { text: "neverReady" };
  return isSafe ? { text: "nothingMissing" } : { text: "mayMiss", values: { time: missingFrom } };
}

/**
 * @param {Status} status
 * @param {{lostSeconds: number, droppedSeconds: number}} summary
 */
function showLosses(status, { lostSeconds, droppedSeconds }) {
  if (lostSeconds > 0) status.notify("lost", "warn", [{ text: "lostSeconds", values: { seconds: lostSeconds } }]);
  if (droppedSeconds > 0) status.notify("dropped", "warn", [{ text: "droppedSeconds", values: { seconds: droppedSeconds } }]);
}
