// @ts-check

/**
 * Listens for signs that the network has changed, or that the machine was asleep: now is the moment to look.
 *
 * @param {() => void} onSign
 * @returns {() => void} to listen no more; there are runtimes without any signs
 */
export function watchNetwork(onSign) {
  const { document } = globalThis;
  const onVisibility = () => document.visibilityState === "visible" && onSign();
  globalThis.addEventListener?.("online", onSign);
  globalThis.addEventListener?.("offline", onSign);
  document?.addEventListener("visibilitychange", onVisibility);
  return () => {
    globalThis.removeEventListener?.("online", onSign);
    globalThis.removeEventListener?.("offline", onSign);
    document?.removeEventListener("visibilitychange", onVisibility);
  };
}
