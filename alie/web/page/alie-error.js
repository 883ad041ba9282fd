// @ts-check

/** Something that went wrong in a session; the codes are declared in `alie-client.d.ts`. */
export class AlieError extends Error {
  /**
   * @param {string} code stable name
   * @param {string} message a sentence in English
   * @param {{retryable?: boolean, fatal?: boolean, cause?: AlieError}} [kind]
   */
  constructor(code, message, { retryable = true, fatal = true, cause } = {}) {
    super(message, cause && { cause });
    this.name = "AlieError";
    this.code = code;
    this.retryable = retryable;
    this.fatal = fatal;
  }
}

/**
 * @param {boolean} wasConnecting whether the session had not begun
 * @returns {AlieError} for a close that nobody explained
 */
export function unexplainedEnd(wasConnecting) {
  return wasConnecting
    ? new AlieError("CONNECT_FAILED", "The server cannot be reached")
    : new AlieError("CONNECTION_LOST", "The connection was lost");
}
