import assert from "node:assert/strict";
import { test } from "node:test";

import { Unanswered } from "../../../alie/web/page/unanswered.js";

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
