/** Whatever is cut whenever: every word comes once, at its place, and every reading that was shown is settled. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { AlieClient } from "../../../alie/web/page/alie-client.js";
import { pass } from "./fake-session.js";
import { NOISE, RATE, SILENCE, ScriptedServer, WORD, speech } from "./scripted-server.js";

const WORDS = [1, 2, 3, 4, NOISE, 5, 6, 7, 8, 9, NOISE, 10, 11, 12, 13, 14];
const SPOKEN = WORDS.filter((word) => word !== NOISE);
const SAMPLES = speech(WORDS);
/** So that frames begin and end anywhere in words. */
const FRAME = 1100;

/** Numbers in [0, 1) that are the same in every run (Mulberry32). */
function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Dictates it all, and stops.
 *
 * @param {(delivered: number, server: ScriptedServer) => void} disturb called before each message is delivered; the number is 1
 *   for the first one after `stream_ready`
 * @param {() => number} [random]
 */
async function dictate(disturb, random = () => 0.5) {
  const server = new ScriptedServer();
  const client = new AlieClient({ url: "ws://alie.test/ws/transcription", webSocket: server.Socket, words: true, random });
  const [shown, finals] = [new Map(), []];
  client.addEventListener("partial", ({ detail }) => shown.set(detail.resultId, "open"));
  client.addEventListener("final", ({ detail }) => {
    assert.notEqual(shown.get(detail.resultId), "final", `${detail.resultId} is settled twice`);
    shown.set(detail.resultId, "final");
    if (detail.text !== "") finals.push(detail);
  });
  let delivered = 0;
  const run = () => {
    while (server.wire.length > 0) {
      // The first connection is not resumed: without a session `start` fails.
      if (client.session) disturb((delivered += 1), server);
      server.step();
    }
  };
  const settled = { summary: null, flushed: false };
  const started = client.start();
  run();
  for (let at = 0; at < SAMPLES.length; at += FRAME) {
    pass(100);
    client.send(SAMPLES.subarray(at, at + FRAME), Date.now());
    run();
    await Promise.resolve();
    if (at === FRAME * 4) client.flush().then(() => (settled.flushed = true));
  }
  await started;
  client.stop().then((summary) => (settled.summary = summary));
  for (let i = 0; i < 4000 && !settled.summary; i += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    run();
    if (!settled.summary) pass(100);
  }
  return { client, server, shown, finals, delivered, ...settled };
}

/** What holds of every dictation, however it went. */
function assertWhole({ client, shown, finals, summary, flushed }, name) {
  assert.ok(summary, `${name}: it never completed`);
  assert.ok(flushed, `${name}: the flush was never answered`);
  const words = finals.flatMap((final) => final.words);
  assert.deepEqual(words.map(({ text }) => text), SPOKEN.map((word) => `w${word}`), name);
  const starts = SPOKEN.map((word) => (WORDS.indexOf(word) * (WORD + SILENCE) + SILENCE) / RATE);
  words.forEach(({ startTime }, index) => assert.ok(Math.abs(startTime - starts[index]) < 1e-4, `${name}: ${startTime} ${starts[index]}`));
  assert.ok([...shown.values()].every((state) => state === "final"), `${name}: something shown was never settled`);
  assert.ok(Math.abs(summary.audioSeconds - SAMPLES.length / RATE) < 1e-6, `${name}: ${summary.audioSeconds}`);
  assert.equal(summary.finals, finals.length, name);
  assert.equal(summary.lostSeconds + summary.droppedSeconds, 0, name);
  assert.equal(client.state, "closed");
}

test("undisturbed, every word comes once", async () => {
  assertWhole(await dictate(() => {}), "undisturbed");
});

for (const [kind, strike] of [
  ["a cut connection", (server) => server.cut()],
  ["a server that is killed", (server) => server.kill()],
  ["a connection that is cut, and the server killed meanwhile", (server) => (server.cut(), server.sessions.clear())],
]) {
  test(`${kind}, at every message there is: every word comes once`, async () => {
    const { delivered: messages } = await dictate(() => {});
    assert.ok(messages > 45, String(messages));
    for (let at = 1; at <= messages; at += 1) {
      const done = await dictate((delivered, server) => delivered === at && strike(server));
      assertWhole(done, `${kind} at ${at} of ${messages}`);
    }
  });
}

test("cut, killed and refused again and again, at random: every word comes once", async () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const random = seeded(seed);
    const often = 0.002 + random() * 0.1;
    const disturb = (delivered, server) => {
      // In the end the trouble is over.
      const isTroubled = delivered < 120;
      server.isAway = isTroubled && random() < 0.3;
      if (isTroubled && random() < often) random() < 0.7 ? server.cut() : server.kill();
    };
    assertWhole(await dictate(disturb, random), `seed ${seed}`);
  }
});
