// @ts-check
/** Carries what a client says of its connection into the status: lost, kept, had again, and what is missing for good. */

/**
 * @typedef {import("./alie-client.js").AlieClient} AlieClient
 * @typedef {import("./status.js").Status} Status
 * @typedef {import("./transcript.js").Transcript} Transcript
 */

/** What attempts end with where nobody has said why. */
const UNEXPLAINED = new Set(["CONNECTION_LOST", "CONNECT_TIMEOUT"]);

/**
 * @param {AlieClient} client
 * @param {Status} status
 * @param {Transcript} transcript
 */
export function watchConnection(client, status, transcript) {
  const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ act) =>
    client.addEventListener(type, (/** @type {any} */ event) => act(event.detail));
  const engine = new EngineLeg(client, status);
  on("state", ({ state }) => {
    if (state !== "live") return;
    showConnected(client, status);
    engine.begin();
  });
  for (const type of ["partial", "final"]) on(type, (result) => engine.hear(result));
  on("stalled", ({ since }) => {
    if (client.state !== "reconnecting") status.setLeg("connection", "stalled", "warn", { time: since });
  });
  on("recovered", () => showConnected(client, status));
  on("draining", ({ reconnectAfterSeconds }) => {
    const text = client.session?.resumable ? "drainingShortly" : "draining";
    status.notify("draining", "warn", [{ text, values: { seconds: reconnectAfterSeconds } }]);
  });
  let isTold = false;
  on("reconnecting", (cut) => {
    engine.hide();
    // What the user has closed does not come back with every attempt.
    if (!isTold || status.notices.has("connection")) showCut(client, status, cut);
    isTold = true;
    showKept(client, status);
  });
  on("resumed", ({ isNewSession }) => {
    isTold = false;
    engine.show(isNewSession);
    showResumed(client, status);
  });
  on("lost", ({ startTime, endTime, from }) => {
    status.notify("dropped", "warn", [{ text: "droppedFrom", values: { seconds: endTime - startTime, time: from } }]);
    if (from !== null) transcript.expectGap(startTime, endTime, from);
  });
}

/** The engine as it was before a cut: nobody knows how it is meanwhile. */
class EngineLeg {
  #client;
  #status;
  /** @type {import("./status.js").Leg | null} */ #before = null;

  /**
   * @param {AlieClient} client
   * @param {Status} status
   */
  constructor(client, status) {
    this.#client = client;
    this.#status = status;
  }

  /** The first session has begun. */
  begin() {
    if (!this.#before) this.#show(this.#client.session?.engine);
  }

  hide() {
    this.#before ??= this.#status.legs.engine;
    this.#status.setLeg("engine", "off", "off");
    this.#status.withdraw("engine");
  }

  /** @param {boolean} isNew whether it is another session's */
  show(isNew) {
    const before = this.#before;
    this.#before = null;
    if (isNew) this.#show(this.#client.session?.engine);
    // One that was recovering may listen by now: its next word will tell.
    else if (before && before.state !== "recovering") this.#status.setLeg("engine", before.state, before.tone, before.values);
  }

  /** @param {{engine: string | null}} result */
  hear({ engine }) {
    if (engine && this.#status.legs.engine.state === "off" && this.#client.state !== "reconnecting") this.#show(engine);
  }

  /** @param {string | undefined} engine */
  #show(engine = "") {
    this.#status.setLeg("engine", "live", "good", { engine });
  }
}

/**
 * Shows how much waits for a connection, while there is none.
 *
 * @param {AlieClient} client
 * @param {Status} status
 */
export function showKept(client, status) {
  if (client.state !== "reconnecting") return;
  const kept = Math.round(client.takenSeconds - client.safeSeconds);
  const { state, values } = status.legs.connection;
  if (state !== "reconnecting" || values?.kept !== kept) status.setLeg("connection", "reconnecting", "warn", { kept });
}

/**
 * @param {{code: string, message: string}} error
 * @param {number | null} lastHeardAt
 * @returns {import("./status.js").Sentence} that says what went wrong
 */
export function reason({ code, message }, lastHeardAt) {
  return { text: code, values: { sentence: message, since: lastHeardAt } };
}

/**
 * @param {any} error of an end
 * @returns {import("./status.js").Sentence[]} why the last attempt of many has failed, where the server has said so
 */
export function lastReason({ cause }) {
  return cause && !UNEXPLAINED.has(cause.code) ? [reason(cause, null)] : [];
}

/**
 * @param {AlieClient} client
 * @param {Status} status
 * @param {any} cut
 */
function showCut(client, status, { error, lastHeardAt, safeUntil }) {
  status.withdraw("draining");
  const safe = client.safeSeconds > 0 && safeUntil !== null ? [{ text: "safeUntil", values: { time: safeUntil } }] : [];
  const told = UNEXPLAINED.has(error.code) ? { code: "CONNECTION_LOST", message: "" } : error;
  status.notify("connection", "warn", [reason(told, lastHeardAt), { text: "reconnecting" }, ...safe], "giveUp");
}

/**
 * @param {AlieClient} client
 * @param {Status} status
 */
function showResumed(client, status) {
  for (const about of ["connection", "draining", "AUDIO_LET_GO"]) status.withdraw(about);
  showConnected(client, status);
  status.tell({ text: "resumed" });
}

/**
 * @param {AlieClient} client
 * @param {Status} status
 */
function showConnected(client, status) {
  if (client.state === "live") status.setLeg("connection", "live", "good");
  if (client.state === "stopping") status.setLeg("connection", "finishing", "busy");
}
