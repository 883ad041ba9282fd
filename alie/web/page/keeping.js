// @ts-check
/** Takes the text out of the page: copy, download, and the question before it is lost. */
import { toSrt, toText, toVtt } from "./exports.js";
import { element } from "./view.js";

const FORMATS = {
  txt: { make: toText, type: "text/plain" },
  srt: { make: toSrt, type: "application/x-subrip" },
  vtt: { make: toVtt, type: "text/vtt" },
};

export class Keeping {
  #transcript;
  #locale;
  #tell;

  /**
   * @param {import("./transcript.js").Transcript} transcript
   * @param {import("./locale.js").Locale} locale
   * @param {(sentence: string) => void} tell says a passing thing to the user
   */
  constructor(transcript, locale, tell) {
    this.#transcript = transcript;
    this.#locale = locale;
    this.#tell = tell;
  }

  /** Copies the text; where the browser refuses, selects it for the user to copy. */
  async copy() {
    try {
      await navigator.clipboard.writeText(this.#made("txt"));
    } catch {
      getSelection()?.selectAllChildren(element("text"));
      this.#tell(this.#locale.say("copyFailed"));
      return;
    }
    this.#transcript.markSaved();
    this.#tell(this.#locale.say("copied"));
  }

  /** @param {"txt" | "srt" | "vtt"} format */
  download(format) {
    const name = `${this.#locale.say("fileName")}-${fileStamp(new Date())}.${format}`;
    const blob = new Blob([this.#made(format)], { type: `${FORMATS[format].type};charset=utf-8` });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    // The browser reads the blob after the click has returned.
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    this.#transcript.markSaved();
    this.#tell(this.#locale.say("downloaded", { name }));
  }

  /** Clears the text, after a question if it is nowhere else. */
  clear() {
    if (this.#transcript.isUnsaved) element("confirm").showModal();
    else this.clearNow();
  }

  clearNow() {
    this.#transcript.clear();
    this.#tell(this.#locale.say("cleared"));
  }

  /** @param {"txt" | "srt" | "vtt"} format */
  #made(format) {
    const locale = this.#locale;
    return FORMATS[format].make(this.#transcript.segments, {
      gap: (at) => locale.say("gap", { time: locale.time(at) }),
      unconfirmed: (text) => locale.say("unconfirmed", { text }),
    });
  }
}

/**
 * @param {Date} date
 * @returns {string} such as 2025-11-22-1405, in the user's time zone
 */
function fileStamp(date) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}`;
}
