// @ts-check
/** Shows how loud the microphone is. */
import { element } from "./view.js";

/** What counts as nothing, dB below full scale: the noise of a quiet room. */
const FLOOR_DB = -60;
/** Screen readers are given the number this often: ten times a second would drown everything else. */
const TELL_EVERY_MS = 1000;

/**
 * @param {number} rms 0 to 1
 * @returns {number} 0 to 1 on a scale that matches how loud it sounds
 */
export function loudness(rms) {
  if (rms <= 0) return 0;
  return Math.min(1, Math.max(0, 1 - (20 * Math.log10(rms)) / FLOOR_DB));
}

export class Meter {
  #toldAt = 0;

  /** @param {{rms: number}} level of one frame */
  show({ rms }) {
    const level = loudness(rms);
    const meter = element("meter");
    meter.style.setProperty("--level", level.toFixed(3));
    if (rms > 0 && Date.now() - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = Date.now();
    meter.setAttribute("aria-valuenow", String(Math.round(level * 100)));
  }
}
