// @ts-check
/** The page's own language: French first, English one click away. Only this choice is remembered by the browser. */
import { english } from "./texts-en.js";
import { french } from "./texts-fr.js";

const STORAGE_KEY = "alie.language";

/** Says "change" after each switch. */
export class Locale extends EventTarget {
  #isFrench = remembered() !== "en";

  /** A BCP 47 tag: "fr-CA" or "en-CA". */
  get tag() {
    return this.#isFrench ? "fr-CA" : "en-CA";
  }

  /** The tag of the language that is not shown. */
  get otherTag() {
    return this.#isFrench ? "en-CA" : "fr-CA";
  }

  switch() {
    this.#isFrench = !this.#isFrench;
    remember(this.#isFrench ? "fr" : "en");
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} key */
  has(key) {
    return key in french;
  }

  /**
   * One sentence of the page.
   *
   * @param {string} key of texts-fr.js
   * @param {Record<string, any>} [values] what the sentence is about
   * @returns {string}
   */
  say(key, values = {}) {
    const sentence = (this.#isFrench ? french : english)[key];
    return typeof sentence === "function" ? sentence(values) : sentence;
  }

  /**
   * @param {number} value
   * @param {number} [digits] after the decimal mark
   */
  number(value, digits = 0) {
    const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return new Intl.NumberFormat(this.tag, format).format(value);
  }

  /** @param {number} at ms since 1970; said in the user's own time zone, to the second */
  time(at) {
    const time = new Intl.DateTimeFormat(this.tag, { timeStyle: "medium" }).format(at);
    // "14 h 32 min 05 s" stays on one line.
    return time.replaceAll(" ", "\u00a0");
  }

  /**
   * Puts the texts into a piece of the page: `data-text` names an element's content, `data-label` its accessible name.
   *
   * @param {HTMLElement} root
   */
  apply(root) {
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-text]"))) {
      element.textContent = this.say(/** @type {string} */ (element.dataset.text));
    }
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-label]"))) {
      const label = this.say(/** @type {string} */ (element.dataset.label));
      element.setAttribute("aria-label", label);
      if (element.tagName === "BUTTON") element.title = label;
    }
  }
}

function remembered() {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    // A browser that refuses storage refuses by throwing.
    return null;
  }
}

/** @param {string} language */
function remember(language) {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Not remembered, then.
  }
}
