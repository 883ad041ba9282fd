// @ts-check
/** The text as plain text and as subtitles. All times are seconds on the transcript's clock. */

/** Longest line of a subtitle, characters; two lines a subtitle. Broadcasters use 37 to 42. */
const MAX_LINE_CHARACTERS = 42;
const MAX_CUE_CHARACTERS = 2 * MAX_LINE_CHARACTERS;

/**
 * @typedef {import("./transcript.js").Segment} Segment
 * @typedef {{gap: (at: number) => string, unconfirmed: (text: string) => string}} Wording how to say what is not sure
 * @typedef {{start: number, end: number, text: string}} Cue
 */

/**
 * @param {Segment[]} segments
 * @param {Wording} wording
 * @returns {string} paragraphs with an empty line between them
 */
export function toText(segments, wording) {
  let text = "";
  for (const segment of segments) {
    const separator = text === "" ? "" : segment.opensParagraph ? "\n\n" : " ";
    text += separator + said(segment, wording);
  }
  return text === "" ? "" : `${text}\n`;
}

/**
 * @param {Segment[]} segments
 * @param {Wording} wording
 * @returns {string} SubRip, with the line ends that its players were written for
 */
export function toSrt(segments, wording) {
  return cuesOf(segments, wording)
    .map(({ start, end, text }, i) => `${i + 1}\n${stamp(start, ",")} --> ${stamp(end, ",")}\n${wrapped(text)}\n`)
    .join("\n")
    .replaceAll("\n", "\r\n");
}

/**
 * @param {Segment[]} segments
 * @param {Wording} wording
 * @returns {string} WebVTT
 */
export function toVtt(segments, wording) {
  const cues = cuesOf(segments, wording).map(
    ({ start, end, text }) => `${stamp(start, ".")} --> ${stamp(end, ".")}\n${escaped(wrapped(text))}\n`,
  );
  return ["WEBVTT\n", ...cues].join("\n");
}

/**
 * @param {Segment[]} segments
 * @param {Wording} wording
 * @returns {Cue[]}
 */
function cuesOf(segments, wording) {
  return segments.flatMap((segment) => {
    // What is not sure keeps its brackets: it is not cut up.
    if (segment.kind === "gap" || segment.isUnconfirmed) {
      return [cue(segment.start, segment.end, said(segment, wording))];
    }
    return groups(timedWords(segment)).map((group) =>
      cue(group[0].start, group[group.length - 1].end, group.map(({ text }) => text).join(" ")),
    );
  });
}

/**
 * @param {Segment} segment
 * @returns {Cue[]} each word with its own times: the engine's, or guessed from the share of the letters before it
 */
function timedWords({ text, start, end, words }) {
  const parts = text.split(/[ \n\t]+/u).filter((part) => part !== "");
  // The engine tells marks of punctuation apart; in the text they belong to the word before.
  const spoken = words.filter((word) => /[\p{L}\p{N}]/u.test(word.text));
  if (parts.length === spoken.length) {
    return parts.map((part, i) => ({ text: part, start: spoken[i].startTime, end: spoken[i].endTime }));
  }
  const letters = parts.join("").length;
  let before = 0;
  return parts.map((part) => {
    const from = start + ((end - start) * before) / letters;
    before += part.length;
    return { text: part, start: from, end: start + ((end - start) * before) / letters };
  });
}

/**
 * @param {Cue[]} words
 * @returns {Cue[][]} words that share a subtitle; a sentence's end closes one that is at least half full
 */
function groups(words) {
  /** @type {Cue[][]} */ const all = [];
  let length = Infinity;
  for (const word of words) {
    if (length + 1 + word.text.length > MAX_CUE_CHARACTERS) {
      all.push([]);
      length = -1;
    }
    all[all.length - 1].push(word);
    length += 1 + word.text.length;
    if (/[.?!…]$/u.test(word.text) && length >= MAX_LINE_CHARACTERS) length = Infinity;
  }
  return all;
}

/**
 * @param {number} start
 * @param {number} end
 * @param {string} text
 * @returns {Cue} one that is seen: players drop those of no length
 */
function cue(start, end, text) {
  return { start, end: Math.max(end, start + 0.5), text };
}

/**
 * @param {Segment} segment
 * @param {Wording} wording
 */
function said({ kind, text, isUnconfirmed, at }, wording) {
  if (kind === "gap") return wording.gap(at);
  return isUnconfirmed ? wording.unconfirmed(text) : text;
}

/**
 * @param {string} text
 * @returns {string} on two lines of about the same length where it is too long for one
 */
function wrapped(text) {
  if (text.length <= MAX_LINE_CHARACTERS) return text;
  const middle = text.length / 2;
  const blanks = [...text.matchAll(/ /gu)].map(({ index }) => index);
  if (blanks.length === 0) return text;
  const at = blanks.reduce((best, blank) => (Math.abs(blank - middle) < Math.abs(best - middle) ? blank : best));
  return `${text.slice(0, at)}\n${text.slice(at + 1)}`;
}

/**
 * @param {number} seconds
 * @param {string} mark before the milliseconds
 * @returns {string} such as 01:02:03,456
 */
function stamp(seconds, mark) {
  const ms = Math.max(0, Math.round(seconds * 1000));
  const [hours, minutes, rest] = [Math.floor(ms / 3600000), Math.floor(ms / 60000) % 60, Math.floor(ms / 1000) % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${two(hours)}:${two(minutes)}:${two(rest)}${mark}${String(ms % 1000).padStart(3, "0")}`;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
