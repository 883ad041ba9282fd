import assert from "node:assert/strict";
import { test } from "node:test";

import { CaptureClock } from "../../../alie/web/page/capture-clock.js";

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
  // Every frame comes a little late, and each a little differently.
  const lateness = (i) => (i * 37) % 50;
  for (let i = 1; i <= hour; i += 1) clock.add(1600, i * 100 + lateness(i));
  for (let i = hour - 900; i <= hour; i += 1) assert.equal(clock.timeOf(i / 10), i * 100 + lateness(i));
  for (let i = 100; i <= 1000; i += 1) assert.ok(Math.abs(clock.timeOf(i / 10) - i * 100) <= 50);
});
