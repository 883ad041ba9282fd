// @ts-check
/** Puts the dictation page together. */
import { Devices } from "./devices.js";
import { Dictation } from "./dictation.js";
import { acceptFiles } from "./drop.js";
import { Identity, readConfig } from "./identity.js";
import { Keeping } from "./keeping.js";
import { Locale } from "./locale.js";
import { Meter } from "./meter.js";
import { SignIn } from "./sign-in.js";
import { Status } from "./status.js";
import { TranscriptView } from "./transcript-view.js";
import { Transcript } from "./transcript.js";
import { View, duration, element } from "./view.js";
import { readVocabulary } from "./vocabulary.js";
import { WakeLock } from "./wake-lock.js";

/** How long a passing sentence stays. */
const TELL_MS = 6000;

const locale = new Locale();
const status = new Status();
const transcript = new Transcript();
const identity = new Identity();
const signIn = new SignIn(identity, locale);
const dictation = new Dictation(status, transcript, new WakeLock(), () => identity.token());
/** Until the server has said who may speak, nobody can know whether to ask. */
const configured = readConfig().then((config) => identity.configure(config));
const devices = new Devices(locale);
const meter = new Meter();
const keeping = new Keeping(transcript, locale, tell);
const view = new View(status, locale, act);
const transcriptView = new TranscriptView(transcript, locale);

/** @type {ReturnType<typeof setTimeout> | undefined} */
let untell;

/** @param {string} sentence shown for a moment, and read out */
function tell(sentence) {
  clearTimeout(untell);
  element("status").textContent = sentence;
  untell = setTimeout(() => element("status").replaceChildren(), TELL_MS);
}

function settings() {
  const { phrases, isCut } = readVocabulary(element("vocabulary").value);
  return { language: element("spoken-language").value, vocabulary: phrases, isCut, deviceId: devices.deviceId };
}

async function mayDictate() {
  await configured;
  return signIn.ask();
}

async function start() {
  if (!(await mayDictate())) return;
  const chosen = settings();
  const started = dictation.start(chosen);
  if (chosen.isCut) status.notify("vocabulary", "warn", [{ text: "vocabularyTooLong" }]);
  await started;
  // Devices have names only once one of them was allowed.
  await devices.refresh();
}

function toggle() {
  if (status.isIdle) start();
  else dictation.stop();
}

/** @param {import("./status.js").Action} action of a notice's button */
function act(action) {
  if (action === "startAgain") start();
  if (action === "giveUp") dictation.giveUp();
  if (action === "signInAgain") {
    identity.signOut();
    start();
  }
  if (action === "wakeSound") dictation.wakeSound();
  if (action === "otherMicrophone") {
    devices.chooseDefault();
    dictation.changeMicrophone("");
  }
}

function renderTools() {
  for (const id of ["copy", "save-txt", "save-srt", "save-vtt"]) element(id).disabled = transcript.isEmpty;
  element("clear").disabled = transcript.isEmpty || !status.isIdle;
}

function renderLanguage() {
  document.documentElement.lang = locale.tag;
  document.title = locale.say("title");
  locale.apply(document.body);
  element("language").textContent = locale.say("otherLanguage");
  element("language").lang = locale.otherTag;
  devices.refresh();
  view.render();
  signIn.render();
  transcriptView.rebuild();
}

/** @type {Record<string, () => void>} Alt and one of these keys; none is taken by a browser or a screen reader. */
const SHORTCUTS = {
  KeyR: toggle,
  KeyP: () => dictation.togglePause(),
  KeyC: () => !transcript.isEmpty && keeping.copy(),
};

addEventListener("keydown", (event) => {
  // AltGr, which types characters on French keyboards, comes as Ctrl and Alt.
  if (!event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
  // On a Mac, Alt and a letter types another one.
  if (event.target === element("vocabulary")) return;
  const shortcut = SHORTCUTS[event.code];
  if (!shortcut) return;
  event.preventDefault();
  shortcut();
});
addEventListener("beforeunload", (event) => {
  if (transcript.isUnsaved || !status.isIdle) event.preventDefault();
});
// Else the server would keep a place for someone who does not come back.
addEventListener("pagehide", () => dictation.giveUp());

locale.addEventListener("change", renderLanguage);
status.addEventListener("change", () => {
  view.render();
  renderTools();
});
status.addEventListener("tell", (/** @type {any} */ { detail }) => tell(view.sentence(detail)));
transcript.addEventListener("change", renderTools);
transcript.addEventListener("final", (/** @type {any} */ { detail }) => {
  element("said").lang = detail.language ?? "";
  element("said").textContent = detail.text;
});
dictation.addEventListener("frame", (/** @type {any} */ { detail }) => meter.show(detail));
dictation.addEventListener("seconds", (/** @type {any} */ { detail }) => {
  element("timer").textContent = duration(detail);
});

element("language").addEventListener("click", () => locale.switch());
element("toggle").addEventListener("click", toggle);
element("pause").addEventListener("click", () => dictation.togglePause());
element("copy").addEventListener("click", () => keeping.copy());
for (const format of /** @type {const} */ (["txt", "srt", "vtt"])) {
  element(`save-${format}`).addEventListener("click", () => keeping.download(format));
}
element("clear").addEventListener("click", () => keeping.clear());
element("confirm-no").addEventListener("click", () => element("confirm").close());
element("confirm-yes").addEventListener("click", () => {
  element("confirm").close();
  keeping.clearNow();
});
element("microphone").addEventListener("change", () => dictation.changeMicrophone(devices.deviceId));
acceptFiles(async (file) => {
  if (await mayDictate()) dictation.sendRecording(file, settings());
});
renderLanguage();
renderTools();
