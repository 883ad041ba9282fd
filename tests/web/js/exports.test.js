import assert from "node:assert/strict";
import { test } from "node:test";

import { toSrt, toText, toVtt } from "../../../alie/web/page/exports.js";

const WORDING = { gap: (at) => `[gap ${at}]`, unconfirmed: (text) => `[? ${text}]` };

function speech(text, start, end, more = {}) {
  return { kind: "speech", text, start, end, words: [], opensParagraph: false, isUnconfirmed: false, at: 0, ...more };
}

const GAP = { kind: "gap", text: "", start: 5, end: 5, words: [], opensParagraph: true, isUnconfirmed: false, at: 123 };

test("text joins segments with blanks, and paragraphs with an empty line", () => {
  const segments = [speech("Un.", 0, 1, { opensParagraph: true }), speech("Deux.", 1, 2), speech("Trois.", 9, 10, { opensParagraph: true })];
  assert.equal(toText(segments, WORDING), "Un. Deux.\n\nTrois.\n");
});

test("text says where words may be missing, and which nobody confirmed", () => {
  const segments = [speech("Un.", 0, 1), speech("deu", 1, 2, { isUnconfirmed: true }), GAP, speech("Trois.", 5, 6, { opensParagraph: true })];
  assert.equal(toText(segments, WORDING), "Un. [? deu]\n\n[gap 123]\n\nTrois.\n");
});

test("no text makes no file content but the format's own", () => {
  assert.equal(toText([], WORDING), "");
  assert.equal(toSrt([], WORDING), "");
  assert.equal(toVtt([], WORDING), "WEBVTT\n");
});

test("SubRip: numbers, commas before the milliseconds, CRLF", () => {
  const segments = [speech("Bonjour.", 0.5, 1.25), speech("Ça va?", 3661.0004, 3662.9996)];
  assert.equal(
    toSrt(segments, WORDING),
    "1\r\n00:00:00,500 --> 00:00:01,250\r\nBonjour.\r\n\r\n2\r\n01:01:01,000 --> 01:01:03,000\r\nÇa va?\r\n",
  );
});

test("WebVTT: a header, points before the milliseconds, markup escaped", () => {
  assert.equal(toVtt([speech("a < b && c > d", 0, 2)], WORDING), "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\na &lt; b &amp;&amp; c &gt; d\n");
});

test("subtitles keep the brackets around what is not sure in one piece", () => {
  const long = Array.from({ length: 30 }, (_, i) => `mot${i}`).join(" ");
  const vtt = toVtt([speech(long, 0, 5, { isUnconfirmed: true }), GAP], WORDING);
  assert.equal(vtt.replaceAll("\n", " ").split(" --> ").length, 3);
  assert.match(vtt.replaceAll("\n", " "), /\[\? mot0 .* mot29\]/);
  assert.match(vtt, /00:00:05\.000 --> 00:00:05\.500\n\[gap 123\]/);
});

test("a long segment becomes several subtitles of two short lines, in order and without losing a word", () => {
  const text = Array.from({ length: 60 }, (_, i) => `mot${i}`).join(" ");
  const blocks = toSrt([speech(text, 10, 40)], WORDING).trim().split("\r\n\r\n");
  assert.ok(blocks.length > 3);
  let last = 10;
  const words = [];
  for (const block of blocks) {
    const [, times, ...lines] = block.split("\r\n");
    const [start, end] = times.split(" --> ").map((stamp) => Number(stamp.slice(6).replace(",", ".")) + 60 * Number(stamp.slice(3, 5)));
    assert.ok(start >= last - 0.001 && end > start && end <= 40);
    last = end;
    assert.ok(lines.length <= 2 && lines.every((line) => line.length <= 50), JSON.stringify(lines));
    words.push(...lines.join(" ").split(" "));
  }
  assert.equal(words.join(" "), text);
});

test("the engine's word times are used where it gave them", () => {
  const words = [{ text: "Bon", startTime: 1, endTime: 1.4 }, { text: "jour", startTime: 6, endTime: 7 }, { text: ".", startTime: 7, endTime: 7 }];
  assert.match(toVtt([speech("Bon jour.", 0, 9, { words })], WORDING), /00:00:01\.000 --> 00:00:07\.000\nBon jour\./);
});

test("a subtitle is shown for a moment even if its segment has no length", () => {
  assert.match(toSrt([speech("Oui.", 2, 2)], WORDING), /00:00:02,000 --> 00:00:02,500/);
});

test("a no-break space does not part a word", () => {
  const text = "Douleur\u00a0: aucune";
  assert.ok(toVtt([speech(text, 0, 2)], WORDING).includes(text));
});
