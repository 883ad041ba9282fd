// @ts-check
/** Audio files: dropped anywhere on the page, or chosen with the button. */
import { element } from "./view.js";

/** @param {(file: File) => void} onFile */
export function acceptFiles(onFile) {
  const input = element("file");
  element("choose").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files[0]) onFile(input.files[0]);
    // The same file may be chosen again.
    input.value = "";
  });
  acceptDrops(onFile);
}

/** @param {(file: File) => void} onFile */
function acceptDrops(onFile) {
  const show = (/** @type {boolean} */ isOver) => element("drop").classList.toggle("over", isOver);
  const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    show(true);
  });
  addEventListener("dragleave", (event) => {
    // Leaving one element for another has a related one; leaving the window has none.
    if (!event.relatedTarget) show(false);
  });
  addEventListener("drop", (event) => {
    show(false);
    if (!holdsFiles(event)) return;
    // Without this the browser would leave the page for the file, and the text would be gone.
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) onFile(file);
  });
}
