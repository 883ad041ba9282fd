// @ts-check
/** The choice of microphones, kept up to date while devices come and go. */
import { Microphone } from "./alie-client.js";
import { element } from "./view.js";

export class Devices {
  #locale;
  #select = element("microphone");

  /** @param {import("./locale.js").Locale} locale */
  constructor(locale) {
    this.#locale = locale;
    navigator.mediaDevices?.addEventListener("devicechange", () => this.refresh());
  }

  /** Id of the chosen device; empty for the default one. */
  get deviceId() {
    return this.#select.value;
  }

  /** Goes back to the default one. */
  chooseDefault() {
    this.#select.value = "";
  }

  /** Lists the devices anew; the choice stays if its device does. Names are known once one was allowed. */
  async refresh() {
    const microphones = await Microphone.list();
    const chosen = this.#select.value;
    const options = microphones
      // Browsers repeat the default device under this id; the page has its own first line for it.
      .filter(({ deviceId }) => deviceId !== "default")
      .map(({ deviceId, label }, i) => new Option(label || this.#locale.say("numberedMicrophone", { number: i + 1 }), deviceId));
    this.#select.replaceChildren(new Option(this.#locale.say("defaultMicrophone"), ""), ...options);
    this.#select.value = options.some(({ value }) => value === chosen) ? chosen : "";
  }
}
