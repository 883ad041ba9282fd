// @ts-check
/** Keeps the screen awake while dictating: a phone that goes to sleep takes the microphone with it. */

export class WakeLock {
  /** @type {WakeLockSentinel | null} */ #sentinel = null;
  #wanted = false;

  constructor() {
    // The browser takes the lock back whenever the page is hidden.
    document.addEventListener("visibilitychange", () => {
      if (this.#wanted && document.visibilityState === "visible") this.#request();
    });
  }

  hold() {
    this.#wanted = true;
    this.#request();
  }

  release() {
    this.#wanted = false;
    this.#sentinel?.release();
    this.#sentinel = null;
  }

  async #request() {
    try {
      const sentinel = await navigator.wakeLock?.request("screen");
      if (this.#wanted) this.#sentinel = sentinel ?? null;
      else sentinel?.release();
    } catch {
      // Refused with an empty battery, for one; dictation works all the same while the user touches the screen.
    }
  }
}
