// @ts-check

/** A promise to be settled from outside (`Promise.withResolvers` is too young); nobody is obliged to wait for it. */
export class Deferred {
  /** @type {(value?: any) => void} */ resolve = () => {};
  /** @type {(reason: unknown) => void} */ reject = () => {};
  /** @type {Promise<any>} */ promise;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {});
  }
}
