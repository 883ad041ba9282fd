// @ts-check
/** Shows the text: finals in ink, what is being said in grey behind them. */
import { element } from "./view.js";

/** Nearer to the end than this, px, the view follows the text; farther up, the user is reading and is left alone. */
const FOLLOW_WITHIN_PX = 80;

export class TranscriptView {
  #transcript;
  #locale;
  #shown = 0;
  #partial = document.createElement("span");

  /**
   * @param {import("./transcript.js").Transcript} transcript
   * @param {import("./locale.js").Locale} locale
   */
  constructor(transcript, locale) {
    this.#transcript = transcript;
    this.#locale = locale;
    this.#partial.className = "partial";
    transcript.addEventListener("change", () => this.render());
  }

  render() {
    const place = element("text");
    const isAtEnd = place.scrollHeight - place.scrollTop - place.clientHeight < FOLLOW_WITHIN_PX;
    const { segments, partialText, isEmpty } = this.#transcript;
    if (segments.length < this.#shown) this.#restart();
    for (const segment of segments.slice(this.#shown)) this.#append(segment);
    this.#shown = segments.length;
    this.#partial.textContent = partialText;
    this.#paragraph().append(this.#partial);
    element("empty").hidden = !isEmpty;
    place.hidden = isEmpty;
    if (isAtEnd) place.scrollTop = place.scrollHeight;
  }

  /** Builds everything anew, in the page's present language. */
  rebuild() {
    this.#restart();
    this.render();
  }

  #restart() {
    element("text").replaceChildren();
    this.#shown = 0;
  }

  #paragraph() {
    const place = element("text");
    if (!place.lastElementChild) place.append(document.createElement("p"));
    return place.lastElementChild;
  }

  /** @param {import("./transcript.js").Segment} segment */
  #append(segment) {
    const place = element("text");
    if (segment.opensParagraph && place.querySelector("span:not(.partial)")) place.append(document.createElement("p"));
    const span = document.createElement("span");
    if (segment.language) span.lang = segment.language;
    span.textContent = segment.text;
    if (segment.kind === "gap") {
      span.className = "gap";
      span.textContent = this.#locale.say("gap", { time: this.#locale.time(segment.at) });
    } else if (segment.isUnconfirmed) {
      span.className = "unconfirmed";
      span.textContent = this.#locale.say("unconfirmed", { text: segment.text });
    }
    const paragraph = this.#paragraph();
    paragraph.insertBefore(span, this.#partial.parentElement === paragraph ? this.#partial : null);
    // The blank is text between the spans: selecting and copying by hand keeps the words apart.
    span.after(" ");
  }
}
