/** How much is kept for a cut, what becomes of the rest, and when a client looks for its server. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { KeptAudio } from "../../../alie/web/page/kept-audio.js";
import { FRAME, liveClient, pass, resumableClient } from "./fake-session.js";
import { FakeSocket } from "./fake-socket.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const ramp = (from, length) => new Int16Array(length).map((_, i) => from + i);

/** Sends live audio, a tenth of a second at a time. */
function speak(client, seconds) {
  for (let i = 0; i < seconds * 10; i += 1) {
    pass(100);
    client.send(FRAME, Date.now());
  }
}

/** A window and a document that can say something, for the length of a test. */
function withWindow(t) {
  const [window, document] = [new EventTarget(), new EventTarget()];
  document.visibilityState = "visible";
  globalThis.document = document;
  let listeners = 0;
  for (const target of [window, document]) {
    const [add, remove] = [target.addEventListener.bind(target), target.removeEventListener.bind(target)];
    target.addEventListener = (...args) => ((listeners += 1), add(...args));
    target.removeEventListener = (...args) => ((listeners -= 1), remove(...args));
  }
  globalThis.addEventListener = window.addEventListener;
  globalThis.removeEventListener = window.removeEventListener;
  t.after(() => {
    for (const name of ["document", "addEventListener", "removeEventListener"]) delete globalThis[name];
  });
  return { window, document, listeners: () => listeners };
}

test("audio is kept from where its words are not safe, in any pieces", () => {
  const kept = new KeptAudio(10);
  assert.equal(kept.add(ramp(0, 4)), false);
  kept.add(ramp(4, 0));
  kept.add(ramp(4, 4));
  assert.deepEqual([...kept.read(0, 3)], [0, 1, 2]);
  assert.deepEqual([...kept.read(3, 9)], [3]);
  assert.deepEqual([...kept.read(4, 9)], [4, 5, 6, 7]);
  kept.release(5);
  assert.deepEqual([kept.start, kept.end], [4, 8]);
  assert.equal(kept.add(ramp(8, 8)), true);
  assert.deepEqual([kept.start, kept.end], [8, 16]);
  assert.deepEqual([...kept.read(15, 9)], [15]);
  kept.release(99);
  assert.equal(kept.start, 16);
});

test("what the user does with a frame after it was sent changes nothing of what is kept", async () => {
  const { client, socket } = await resumableClient();
  const frame = ramp(0, 100);
  client.send(frame);
  frame.fill(-1);
  socket.drop();
  pass(300);
  FakeSocket.last.resume(0);
  assert.deepEqual(FakeSocket.last.audio, [...ramp(0, 100)]);
});

test("the oldest is let go beyond the bound, which is told once; what could not be sent is told with its place", async () => {
  const { client, socket, seen } = await resumableClient({ maxBufferedSeconds: 1, maxKeptSeconds: 2 });
  const beganAt = Date.now();
  speak(client, 1);
  socket.ack(16000, 8000);
  socket.drop();
  FakeSocket.last = null;
  for (let i = 0; i < 40; i += 1) assert.ok(client.send(FRAME, beganAt + 1100 + i * 100));
  assert.deepEqual(seen("error").map(({ error }) => [error.code, error.fatal]), [["AUDIO_LET_GO", false]]);
  assert.equal(client.takenSeconds, 5);
  pass(300);
  FakeSocket.last.resume(16000);
  // The server has 0.5 s, and 2 s are kept: from 3 s on.
  assert.equal(FakeSocket.last.audio.length, 32000);
  assert.deepEqual(seen("lost"), [{ startTime: 0.5, endTime: 3, from: beganAt + 500 }]);
  assert.equal(client.droppedSeconds, 2.5);
  // What ends at the hole is before it, what begins there is behind it.
  FakeSocket.last.result("a", "Avant.", 0.1, 0.5, true);
  FakeSocket.last.result("b", "Après.", 0.5, 1, true);
  assert.deepEqual(seen("final").map(({ startTime, endTime }) => [startTime, endTime]), [[0.1, 0.5], [3, 3.5]]);
  FakeSocket.last.ack(16000 + 64000, 16000 + 64000);
  assert.equal(client.safeSeconds, 5);
});

test("what is safe is not kept, so that the bound is for what is not", async () => {
  const { client, socket, seen } = await resumableClient({ maxBufferedSeconds: 1, maxKeptSeconds: 2 });
  speak(client, 2);
  socket.ack(64000, 64000);
  socket.drop();
  speak(client, 1.9);
  assert.deepEqual(seen("error"), []);
  FakeSocket.last.resume(64000);
  for (const times of [1, 2]) {
    FakeSocket.last.drop();
    for (let i = 0; i < 30; i += 1) client.send(FRAME, Date.now());
    // Each time without a connection is told of once.
    assert.equal(seen("error").length, times);
    pass(1000);
    FakeSocket.last.resume(0);
  }
});

test("what was let go is missed by a new session as well, and the summary says so", async () => {
  const { client, socket, seen } = await resumableClient({ maxBufferedSeconds: 1, maxKeptSeconds: 2 });
  speak(client, 1);
  socket.ack(32000, 16000);
  socket.drop();
  for (let i = 0; i < 40; i += 1) client.send(FRAME, Date.now());
  pass(300);
  FakeSocket.last.beginAgain();
  assert.deepEqual(seen("lost").map(({ startTime, endTime }) => [startTime, endTime]), [[0.5, 3]]);
  FakeSocket.last.result("t.1", "Après.", 0, 1, true);
  assert.equal(seen("final")[0].startTime, 3);
  const stopped = client.stop();
  await Promise.resolve();
  await Promise.resolve();
  FakeSocket.last.complete({ audioSeconds: 2, finals: 1 });
  const { audioSeconds, droppedSeconds } = await stopped;
  assert.deepEqual([audioSeconds, droppedSeconds], [2.5, 2.5]);
});

test("what is let go while the server has it counts only should the session be lost", async () => {
  const { client, socket, seen } = await resumableClient({ maxBufferedSeconds: 1, maxKeptSeconds: 2 });
  speak(client, 5);
  assert.equal(client.droppedSeconds, 0);
  socket.drop();
  pass(300);
  FakeSocket.last.resume(160_000);
  assert.equal(client.droppedSeconds, 0);
  FakeSocket.last.drop();
  pass(600);
  FakeSocket.last.beginAgain();
  assert.deepEqual(seen("lost").map(({ startTime, endTime }) => [startTime, endTime]), [[0, 3]]);
  assert.equal(seen("error").length, 0);
});

test("a network that is too slow holds audio back, in order, and loses what is beyond the bound only", async () => {
  const { client, socket, seen } = await resumableClient({ maxBufferedSeconds: 0.1, maxKeptSeconds: 1 });
  socket.bufferedAmount = 1_000_000;
  for (let i = 0; i < 15; i += 1) assert.ok(client.send(ramp(i * 1600, 1600), Date.now()));
  assert.deepEqual(socket.audio, []);
  assert.equal(client.takenSeconds - client.sentSeconds, 1.5);
  socket.bufferedAmount = 0;
  socket.ack(0, 0);
  assert.deepEqual(socket.audio, [...ramp(8000, 16000)]);
  assert.deepEqual(seen("lost").map(({ startTime, endTime }) => [startTime, endTime]), [[0, 0.5]]);
  socket.bufferedAmount = 1_000_000;
  client.send(ramp(24000, 1600), Date.now());
  client.stop();
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(socket.audio.slice(-1600), [...ramp(24000, 1600)]);
  assert.equal(socket.messages.at(-1).type, "stop_transcription");
});

test("a recording that is cut off goes on where the server is, and nothing of it is sent twice", async (t) => {
  const { client, socket } = await resumableClient({ random: () => 0 });
  const samples = new Int16Array(400_000).map((_, i) => i % 30_000);
  const send = FakeSocket.prototype.send;
  t.after(() => (FakeSocket.prototype.send = send));
  FakeSocket.prototype.send = function (data) {
    send.call(this, data);
    if (typeof data !== "string") this.bufferedAmount += data.byteLength;
  };
  let sent = null;
  client.sendAll(samples).then((seconds) => (sent = seconds));
  let received = [];
  for (let last = socket, cuts = 0; sent === null; await turn()) {
    if (last !== FakeSocket.last) {
      last = FakeSocket.last;
      last.resume(received.length * 2);
    } else if (cuts < 3 && last.audio.length > 20_000) {
      // The server has got less than was sent.
      received = received.concat(last.audio.slice(0, last.audio.length - 5000));
      last.drop();
      cuts += 1;
    } else {
      last.bufferedAmount = 0;
    }
    pass(100);
  }
  assert.equal(sent, 25);
  assert.deepEqual(received.concat(FakeSocket.last.audio), [...samples]);
  assert.equal(client.takenSeconds, 25);
  client.abort();
});

test("a recording runs ahead of what the server has got by half of what is kept, and then a piece at a time", async () => {
  const { client, socket } = await resumableClient({ maxKeptSeconds: 10, maxBufferedSeconds: 1 });
  const controller = new AbortController();
  const sending = client.sendAll(new Int16Array(16000 * 60), { signal: controller.signal });
  const held = async () => (await turn(), socket.audio.length);
  const ahead = await held();
  assert.ok(ahead / 16000 > 5 && ahead / 16000 < 6, String(ahead));
  // A server that was too quick to say so is given a reason to.
  pass(1000);
  assert.equal(await held(), ahead + 8192);
  socket.ack(ahead * 2, 0);
  assert.ok((await held()) > ahead + 4 * 16000);
  controller.abort();
  assert.ok((await sending) < 60);
  client.abort();
});

test("a recording that waits for a connection ends when the user has had enough", async () => {
  const { client, socket } = await resumableClient();
  const controller = new AbortController();
  const sending = client.sendAll(new Int16Array(16000 * 60), { signal: controller.signal, onProgress: () => socket.drop() });
  await turn();
  controller.abort();
  assert.equal(await sending, 8192 / 16000);
  const other = await resumableClient();
  const lost = other.client.sendAll(new Int16Array(16000 * 60), { onProgress: () => other.socket.drop() });
  await turn();
  other.client.abort();
  await assert.rejects(lost, { code: "ABORTED" });
  client.abort();
});

test("a network that comes back, or a page that is looked at again, is a reason to try at once", async (t) => {
  const { window, document, listeners } = withWindow(t);
  for (const sign of [() => window.dispatchEvent(new Event("online")), () => document.dispatchEvent(new Event("visibilitychange"))]) {
    const { client, socket } = await resumableClient();
    socket.drop();
    for (let i = 0; i < 6; i += 1) {
      pass(10_000);
      if (i < 5) FakeSocket.last.drop();
    }
    FakeSocket.last.drop();
    const before = FakeSocket.opened;
    sign();
    assert.equal(FakeSocket.opened, before + 1);
    // One attempt at a time.
    sign();
    assert.equal(FakeSocket.opened, before + 1);
    FakeSocket.last.resume(0);
    assert.equal(client.state, "live");
    client.abort();
    assert.equal(listeners(), 0);
  }
});

test("a hidden page is none", async (t) => {
  const { document } = withWindow(t);
  const { client, socket } = await resumableClient();
  socket.drop();
  document.visibilityState = "hidden";
  const before = FakeSocket.opened;
  document.dispatchEvent(new Event("visibilitychange"));
  assert.equal(FakeSocket.opened, before);
  client.abort();
});

test("a network that changes under a connection is a reason to doubt it: an answer is due at once", async (t) => {
  const { window } = withWindow(t);
  const { client, socket } = await resumableClient();
  socket.pong();
  window.dispatchEvent(new Event("offline"));
  pass(1000);
  socket.pong();
  pass(6000);
  assert.equal(client.state, "live");
  socket.pong();
  window.dispatchEvent(new Event("offline"));
  pass(4000);
  // Doubting it again gives it no more time.
  window.dispatchEvent(new Event("online"));
  pass(900);
  assert.equal(client.state, "live");
  pass(100);
  assert.equal(client.state, "reconnecting");
  client.abort();
  // Where a lost connection is the end, it gets the benefit of the doubt.
  const plain = await liveClient();
  window.dispatchEvent(new Event("offline"));
  pass(9000);
  assert.equal(plain.client.state, "live");
  plain.client.abort();
});
