// @ts-check
/** Shows the status: buttons, legs, notices. It only writes; page.js listens to what the user does. */

/**
 * @typedef {import("./status.js").Status} Status
 * @typedef {import("./status.js").Action} Action
 * @typedef {import("./locale.js").Locale} Locale
 */

const LEGS = /** @type {const} */ (["microphone", "connection", "engine"]);

/** @param {string} id */
export function element(id) {
  return /** @type {any} */ (document.getElementById(id));
}

/**
 * @param {number} seconds
 * @returns {string} such as 03:25, or 1:03:25
 */
export function duration(seconds) {
  const two = (/** @type {number} */ n) => String(Math.floor(n)).padStart(2, "0");
  const rest = `${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? rest : `${Math.floor(seconds / 3600)}:${rest}`;
}

export class View {
  #status;
  #locale;
  #onAction;
  #shownNotices = "";

  /**
   * @param {Status} status
   * @param {Locale} locale
   * @param {(action: Action) => void} onAction a notice's button was pressed
   */
  constructor(status, locale, onAction) {
    this.#status = status;
    this.#locale = locale;
    this.#onAction = onAction;
  }

  render() {
    this.#renderButtons();
    this.#renderLegs();
    this.#renderLatency();
    this.#renderNotices();
    this.#renderProgress();
  }

  #renderButtons() {
    const { phase, isIdle } = this.#status;
    const locale = this.#locale;
    document.body.dataset.phase = phase;
    const isRecording = phase === "reading" || phase === "sending";
    const label = isIdle ? "start" : phase === "finishing" ? "finishing" : isRecording ? "stopRecording" : "stop";
    element("toggle-text").textContent = locale.say(label);
    // Not disabled: the keyboard's focus would be lost.
    element("toggle").setAttribute("aria-disabled", String(phase === "finishing"));
    element("pause").disabled = phase !== "dictating" && phase !== "paused";
    element("pause").textContent = locale.say(phase === "paused" ? "unpause" : "pause");
    for (const id of ["spoken-language", "vocabulary", "choose"]) element(id).disabled = !isIdle;
    element("microphone").disabled = !isIdle && phase !== "dictating";
  }

  #renderLegs() {
    for (const name of LEGS) {
      const { state, tone, values } = this.#status.legs[name];
      const place = element(`leg-${name}`);
      place.textContent = this.#locale.say(`${name}.${state}`, this.#worded(values));
      place.dataset.tone = tone;
    }
  }

  #renderLatency() {
    const { latencySeconds, roundTripMs } = this.#status;
    const key = latencySeconds === null ? "latencyUnknown" : roundTripMs === null ? "latencyValue" : "latencyNetwork";
    const values = { seconds: this.#locale.number(latencySeconds ?? 0, 1), ms: this.#locale.number(roundTripMs ?? 0) };
    element("latency").textContent = this.#locale.say(key, values);
  }

  #renderNotices() {
    const notices = [...this.#status.notices];
    // Rebuilding an alert makes screen readers say it again, so it is rebuilt only when it says something else.
    const shown = JSON.stringify([this.#locale.tag, notices]);
    if (shown === this.#shownNotices) return;
    this.#shownNotices = shown;
    element("notices").replaceChildren(...notices.map(([about, notice]) => this.#notice(about, notice)));
  }

  /**
   * @param {string} about
   * @param {import("./status.js").Notice} notice
   */
  #notice(about, { tone, sentences, action }) {
    const box = document.createElement("div");
    box.className = "notice";
    box.dataset.tone = tone;
    const text = document.createElement("p");
    text.textContent = sentences.map((sentence) => this.sentence(sentence)).join(" ");
    box.append(text);
    if (action) box.append(this.#button(action, "plain", () => this.#onAction(action)));
    const close = this.#button("dismiss", "close", () => this.#status.withdraw(about));
    box.append(close);
    return box;
  }

  /**
   * @param {import("./status.js").Sentence} sentence
   * @returns {string} in the page's language
   */
  sentence({ text, values }) {
    // A newer server may have errors this page has no words for; then its own sentence is better than none.
    const key = this.#locale.has(`notice.${text}`) ? `notice.${text}` : "notice.other";
    return this.#locale.say(key, this.#worded(values));
  }

  /**
   * @param {string} key
   * @param {string} className
   * @param {() => void} onClick
   */
  #button(key, className, onClick) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = className;
    button.textContent = this.#locale.say(key);
    button.addEventListener("click", onClick);
    return button;
  }

  #renderProgress() {
    const { progress, phase } = this.#status;
    element("progress-box").hidden = progress === null;
    if (!progress) return;
    const { name, doneSeconds, totalSeconds } = progress;
    const isReading = phase === "reading";
    const bar = element("progress");
    if (isReading) bar.removeAttribute("value");
    else bar.value = Math.min(1, doneSeconds / totalSeconds);
    const values = { name, done: duration(doneSeconds), total: duration(totalSeconds) };
    element("progress-text").textContent = this.#locale.say(isReading ? "progressReading" : "progressDone", values);
  }

  /**
   * @param {Record<string, any>} [values] as they are in the status
   * @returns {Record<string, string>} as they are said in the page's language
   */
  #worded(values = {}) {
    const locale = this.#locale;
    /** @type {Record<string, (value: any) => string>} */
    const wordings = {
      time: (at) => locale.time(at),
      since: (at) => locale.time(at),
      seconds: (seconds) => locale.number(seconds, 1),
      duration,
      engine: (engine) => locale.has(`engineName.${engine}`) ? locale.say(`engineName.${engine}`) : engine,
    };
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, wordings[name]?.(value) ?? value]));
  }
}
