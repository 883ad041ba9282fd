// @ts-check
/** The vocabulary box: one phrase a line. */

/** The protocol's bounds. */
const MAX_PHRASES = 100;
const MAX_PHRASE_CHARACTERS = 100;

/**
 * @param {string} text one phrase a line
 * @returns {{phrases: string[], isCut: boolean}} what a session can take, and whether some was left out
 */
export function readVocabulary(text) {
  const lines = text.split("\n").map((line) => line.replaceAll(/\s+/gu, " ").trim());
  const phrases = lines.filter((line) => line !== "");
  const fitting = phrases.filter((phrase) => phrase.length <= MAX_PHRASE_CHARACTERS).slice(0, MAX_PHRASES);
  return { phrases: fitting, isCut: fitting.length < phrases.length };
}
