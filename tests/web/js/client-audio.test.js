import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { FRAME, liveClient, newClient, pass, passAnswered } from "./fake-session.js";
import { FakeSocket } from "./fake-socket.js";

test("what is said before the server is ready waits, and goes out first, in order", async () => {
  const { client } = newClient();
  assert.ok(client.send(Int16Array.of(1, 2)));
  const started = client.start();
  client.send(Int16Array.of(3));
  FakeSocket.last.onopen();
  assert.deepEqual(FakeSocket.last.audio, []);
  FakeSocket.last.say("stream_ready", { engine: "embedded" });
  await started;
  client.send(Int16Array.of(4));
  assert.deepEqual(FakeSocket.last.audio, [1, 2, 3, 4]);
});

test("what waits is bounded; what is refused is counted and told once", async () => {
  const { client, seen } = newClient({ maxBufferedSeconds: 0.25 });
  client.start();
  assert.deepEqual([1, 2, 3, 4].map(() => client.send(FRAME)), [true, true, false, false]);
  assert.equal(client.droppedSeconds, 0.2);
  assert.deepEqual(seen("error").map(({ error }) => [error.code, error.fatal]), [["BACKLOG", false]]);
  FakeSocket.last.getReady();
  assert.equal(FakeSocket.last.audio.length, 3200);
  FakeSocket.last.bufferedAmount = 8000;
  assert.equal(client.send(FRAME), false);
  assert.equal(seen("error").length, 1);
  FakeSocket.last.bufferedAmount = 0;
  assert.equal(client.send(FRAME), true);
  FakeSocket.last.bufferedAmount = 8000;
  assert.equal(client.send(FRAME), false);
  assert.equal(seen("error").length, 2);
});

test("a long buffer is sent in frames that the server takes", async () => {
  const { client, socket } = await liveClient();
  const sizes = [];
  const send = socket.send.bind(socket);
  socket.send = (data) => {
    if (typeof data !== "string") sizes.push(data.byteLength);
    send(data);
  };
  client.send(new Int16Array(100_000).fill(3).buffer);
  assert.equal(sizes.reduce((a, b) => a + b), 200_000);
  assert.ok(Math.max(...sizes) <= 65536);
  assert.equal(client.sentSeconds, 6.25);
});

test("latency is from the capture of a result's last sound to its arrival", async () => {
  const { client, seen, socket } = await liveClient();
  for (let i = 1; i <= 20; i += 1) {
    pass(100);
    client.send(FRAME, Date.now());
  }
  pass(300);
  socket.result("a", "bon", 0, 1.05, false);
  socket.result("a", "bon", 0, 1.05, false);
  socket.result("a", "Bonjour.", 0, 2, true);
  socket.result("b", "", 2, 2, true);
  assert.deepEqual(seen("latency").map(({ seconds, isFinal }) => [Number(seconds.toFixed(3)), isFinal]), [[1.25, false], [0.3, true]]);
});

test("a pause does not count as latency", async () => {
  const { client, seen, socket } = await liveClient();
  client.send(FRAME, Date.now());
  passAnswered(60_000, socket);
  client.send(FRAME, Date.now());
  pass(500);
  socket.result("a", "oui", 0, 0.2, true);
  assert.equal(seen("latency")[0].seconds, 0.5);
});

test("a recording goes out as fast as it is taken, and no faster", async () => {
  mock.timers.reset();
  const { client, socket, seen } = await liveClient();
  const progress = [];
  const samples = new Int16Array(100_000).map((_, i) => i % 1000);
  const send = socket.send.bind(socket);
  let most = 0;
  socket.send = (data) => {
    send(data);
    if (typeof data === "string") return;
    socket.bufferedAmount += data.byteLength;
    most = Math.max(most, socket.bufferedAmount);
  };
  const drain = setInterval(() => {
    socket.bufferedAmount = Math.max(0, socket.bufferedAmount - 100_000);
  }, 5);
  assert.equal(await client.sendAll(samples, { onProgress: (fraction) => progress.push(fraction) }), 6.25);
  clearInterval(drain);
  assert.ok(most <= 131_072 + 16_384, String(most));
  assert.deepEqual(socket.audio, [...samples]);
  assert.equal(progress.at(-1), 1);
  socket.result("a", "Fin.", 0, 6, true);
  assert.deepEqual(seen("latency"), []);
  client.abort();
});

test("a recording can be cut short", async () => {
  mock.timers.reset();
  const { client, socket } = await liveClient();
  const controller = new AbortController();
  const seconds = await client.sendAll(new Int16Array(100_000), { signal: controller.signal, onProgress: () => controller.abort() });
  assert.equal(seconds, 8192 / 16000);
  assert.equal(socket.audio.length, 8192);
  client.abort();
});

test("a recording whose session is lost is rejected", async () => {
  mock.timers.reset();
  const { client, socket } = await liveClient();
  const sending = client.sendAll(new Int16Array(100_000), { onProgress: () => socket.drop() });
  await assert.rejects(sending, { code: "CONNECTION_LOST" });
});
