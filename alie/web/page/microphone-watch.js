// @ts-check
/** Tells the user how the microphone is, in the status. */

/**
 * @typedef {import("./alie-client.js").Microphone} Microphone
 * @typedef {import("./status.js").Status} Status
 * @typedef {import("./status.js").Tone} Tone
 * @typedef {import("./status.js").Action} Action
 */

const ABOUT = "microphone";

/**
 * Opens a microphone, and follows it from then on.
 *
 * @param {Microphone} microphone
 * @param {Status} status
 * @param {() => void} onUnplugged no audio will come for a while
 * @returns {Promise<boolean>} whether it is open; if not, the user has been told why
 */
export async function openWatched(microphone, status, onUnplugged) {
  status.setLeg("microphone", "asking", "busy");
  status.withdraw(ABOUT);
  follow(microphone, status, onUnplugged);
  try {
    await microphone.start();
  } catch (error) {
    status.setLeg("microphone", "failed", "bad");
    status.notify(ABOUT, "bad", [{ text: /** @type {any} */ (error).code }]);
    return false;
  }
  if (status.legs.microphone.state === "asking") status.setLeg("microphone", "live", "good");
  return true;
}

/**
 * @param {Microphone} microphone
 * @param {Status} status
 * @param {() => void} onUnplugged
 */
function follow(microphone, status, onUnplugged) {
  /**
   * @param {string} event
   * @param {Tone} tone
   * @param {Action} [action]
   */
  const warn = (event, tone, action) =>
    microphone.addEventListener(event, (/** @type {any} */ { detail }) => {
      // A paused dictation needs no sound, and a muted or unplugged microphone is silent for a known reason.
      if (event === "silent" && (status.phase === "paused" || status.legs.microphone.tone === "bad")) return;
      status.setLeg("microphone", event, tone);
      status.notify(ABOUT, tone, [{ text: detail.zeros ? "zeros" : event }], action);
    });
  warn("silent", "warn");
  warn("muted", "bad");
  warn("suspended", "bad", "wakeSound");
  warn("unplugged", "bad", "otherMicrophone");
  microphone.addEventListener("unplugged", onUnplugged);
  for (const event of ["sound", "unmuted", "running"]) {
    microphone.addEventListener(event, () => recovered(status));
  }
}

/** @param {Status} status */
function recovered(status) {
  status.withdraw(ABOUT);
  if (status.phase === "paused") status.setLeg("microphone", "paused", "off");
  else status.setLeg("microphone", "live", "good");
}
