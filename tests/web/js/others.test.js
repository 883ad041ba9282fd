import assert from "node:assert/strict";
import { test } from "node:test";

import { CaptureClock } from "../../../alie/web/page/capture-clock.js";
import { Status } from "../../../alie/web/page/status.js";
import { Unanswered } from "../../../alie/web/page/unanswered.js";
import { readVocabulary } from "../../../alie/web/page/vocabulary.js";

test("the clock tells when each moment was captured, pauses and late sending included", () => {
  const clock = new CaptureClock(16000);
  assert.equal(clock.timeOf(0), null);
  clock.add(16000, 5_000);
  clock.add(16000, 65_000);
  assert.equal(clock.seconds, 2);
  assert.equal(clock.timeOf(0), 4_000);
  assert.equal(clock.timeOf(1), 5_000);
  assert.equal(clock.timeOf(1.5), 64_500);
  assert.equal(clock.timeOf(9), 65_000);
});

test("the clock of a long session stays small, near moments exact and far ones close", () => {
  const clock = new CaptureClock(16000);
  const hour = 36_000;
  for (let i = 1; i <= hour; i += 1) clock.add(1600, i * 100);
  assert.equal(clock.timeOf(3599.95), 3_599_950);
  assert.equal(clock.timeOf(100), 100_000);
});

test("speech without any answer is told once, an answer takes it back", () => {
  const told = [];
  const unanswered = new Unanswered((isUnanswered) => told.push(isUnanswered));
  for (let i = 0; i < 1000; i += 1) unanswered.hear(0.01, 0.1);
  assert.deepEqual(told, []);
  for (let i = 0; i < 119; i += 1) unanswered.hear(0.2, 0.1);
  assert.deepEqual(told, []);
  for (let i = 0; i < 50; i += 1) unanswered.hear(0.2, 0.1);
  assert.deepEqual(told, [true]);
  unanswered.answer();
  unanswered.answer();
  assert.deepEqual(told, [true, false]);
  for (let i = 0; i < 119; i += 1) unanswered.hear(0.2, 0.1);
  assert.deepEqual(told, [true, false]);
});

test("the vocabulary is one phrase a line, within the protocol's bounds", () => {
  assert.deepEqual(readVocabulary("  Mme Tremblay \n\n apixaban\t5 mg\r\n"), { phrases: ["Mme Tremblay", "apixaban 5 mg"], isCut: false });
  assert.deepEqual(readVocabulary(""), { phrases: [], isCut: false });
  const long = `${"x".repeat(101)}\n${"y".repeat(100)}`;
  assert.deepEqual(readVocabulary(long), { phrases: ["y".repeat(100)], isCut: true });
  const many = readVocabulary(Array.from({ length: 101 }, (_, i) => `p${i}`).join("\n"));
  assert.equal(many.phrases.length, 100);
  assert.ok(many.isCut);
});

test("a new dictation forgets what was said about the one before", () => {
  const status = new Status();
  status.notify("end", "bad", [{ text: "CONNECTION_LOST" }]);
  status.setLeg("connection", "lost", "bad");
  status.latencySeconds = 3;
  status.begin("opening");
  assert.equal(status.notices.size, 0);
  assert.equal(status.legs.connection.state, "off");
  assert.equal(status.latencySeconds, null);
  assert.equal(status.isIdle, false);
});
