import assert from "node:assert/strict";
import { test } from "node:test";

import { Transcript } from "../../../alie/web/page/transcript.js";

function result(resultId, text, startTime, endTime, words = null) {
  return { resultId, text, startTime, endTime, words, language: null };
}

function texts(transcript) {
  return transcript.segments.map(({ kind, text, isUnconfirmed }) => (kind === "gap" ? "gap" : isUnconfirmed ? `?${text}` : text));
}

test("a final takes the place of its partials", () => {
  const transcript = new Transcript();
  transcript.showPartial(result("a", "bon", 0, 0.5));
  transcript.showPartial(result("a", "bonjour", 0, 1));
  assert.equal(transcript.partialText, "bonjour");
  transcript.addFinal(result("a", "Bonjour.", 0, 1));
  assert.equal(transcript.partialText, "");
  assert.deepEqual(texts(transcript), ["Bonjour."]);
});

test("two open segments are shown in the order in which they began", () => {
  const transcript = new Transcript();
  transcript.showPartial(result("a", "un", 0, 1));
  transcript.showPartial(result("b", "deux", 1, 2));
  transcript.showPartial(result("a", "un et", 0, 1));
  assert.equal(transcript.partialText, "un et deux");
});

test("a final without text withdraws its partials and adds nothing", () => {
  const transcript = new Transcript();
  transcript.showPartial(result("a", "euh", 0, 1));
  transcript.addFinal(result("a", "", 0, 1));
  assert.ok(transcript.isEmpty);
  assert.ok(!transcript.isUnsaved);
});

test("each certain segment is announced once, and no partial is", () => {
  const transcript = new Transcript();
  const said = [];
  transcript.addEventListener("final", ({ detail }) => said.push(detail.text));
  transcript.showPartial(result("a", "bon", 0, 1));
  transcript.addFinal(result("a", "Bonjour.", 0, 1));
  assert.deepEqual(said, ["Bonjour."]);
});

test("a second dictation goes on in the same text, on the same clock, in a new paragraph", () => {
  const transcript = new Transcript();
  transcript.addFinal(result("a", "Un.", 1, 2));
  transcript.endDictation(10);
  transcript.addFinal(result("a", "Deux.", 0.5, 1, [{ text: "Deux.", startTime: 0.5, endTime: 1 }]));
  const [, second] = transcript.segments;
  assert.equal(second.start, 10.5);
  assert.deepEqual(second.words, [{ text: "Deux.", startTime: 10.5, endTime: 11 }]);
  assert.ok(second.opensParagraph);
});

test("a lost connection keeps what was being said, marked, and marks the gap", () => {
  const transcript = new Transcript();
  transcript.addFinal(result("a", "Un.", 0, 1));
  transcript.showPartial(result("b", "deu", 1, 2));
  transcript.endDictation(4, 1700000000000);
  assert.deepEqual(texts(transcript), ["Un.", "?deu", "gap"]);
  assert.equal(transcript.segments[2].at, 1700000000000);
  assert.equal(transcript.partialText, "");
});

test("audio that is missing is marked where it was said, even if what was said before comes later", () => {
  const transcript = new Transcript();
  transcript.addFinal(result("z", "Avant.", 0, 1));
  transcript.endDictation(10);
  transcript.addFinal(result("a", "Un.", 0, 1));
  transcript.expectGap(3, 5, 1700000000000);
  transcript.addFinal(result("b", "Deux.", 1, 3));
  transcript.addFinal(result("c", "", 5, 6));
  transcript.addFinal(result("d", "Trois.", 5, 6));
  assert.deepEqual(texts(transcript), ["Avant.", "Un.", "Deux.", "gap", "Trois."]);
  const [gap, third] = transcript.segments.slice(3);
  assert.deepEqual([gap.start, gap.at, third.start, third.opensParagraph], [13, 1700000000000, 15, true]);
});

test("audio that is missing at the end is marked before what nobody confirms, and in no other text", () => {
  const transcript = new Transcript();
  transcript.expectGap(3, 5, 1700000000000);
  transcript.showPartial(result("a", "tro", 5, 6));
  transcript.endDictation(7, 1700000003000);
  assert.deepEqual(texts(transcript), ["gap", "?tro", "gap"]);
  assert.deepEqual(transcript.segments.map(({ start }) => start), [3, 5, 7]);
  transcript.expectGap(1, 2, 1700000000000);
  transcript.clear();
  transcript.addFinal(result("b", "Un.", 5, 6));
  assert.deepEqual(texts(transcript), ["Un."]);
});

test("a long pause after a sentence opens a paragraph; one within a sentence does not", () => {
  const transcript = new Transcript();
  transcript.addFinal(result("a", "Un.", 0, 1));
  transcript.addFinal(result("b", "deux", 4, 5));
  transcript.addFinal(result("c", "trois.", 9, 10));
  transcript.addFinal(result("d", "Quatre.", 10.5, 11));
  assert.deepEqual(transcript.segments.map(({ opensParagraph }) => opensParagraph), [true, true, false, false]);
});

test("text is unsaved until it is saved as it stands", () => {
  const transcript = new Transcript();
  assert.ok(!transcript.isUnsaved);
  transcript.addFinal(result("a", "Un.", 0, 1));
  assert.ok(transcript.isUnsaved);
  transcript.markSaved();
  assert.ok(!transcript.isUnsaved);
  transcript.addFinal(result("b", "Deux.", 1, 2));
  assert.ok(transcript.isUnsaved);
  transcript.clear();
  assert.ok(!transcript.isUnsaved);
});

test("the language of what is said is kept for screen readers", () => {
  const transcript = new Transcript();
  transcript.beginDictation("fr-CA");
  transcript.addFinal(result("a", "Un.", 0, 1));
  transcript.addFinal({ ...result("b", "Two.", 1, 2), language: "en-US" });
  transcript.beginDictation("auto");
  transcript.addFinal(result("c", "?", 2, 3));
  assert.deepEqual(transcript.segments.map(({ language }) => language), ["fr-CA", "en-US", ""]);
});
