import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { AlieError } from "../../../alie/web/page/alie-client.js";
import { FRAME, liveClient, newClient, pass, passAnswered } from "./fake-session.js";
import { FakeSocket } from "./fake-socket.js";

test("stop that is not answered ends with STOP_TIMEOUT; each result gives it more time", async () => {
  const { client, seen, socket } = await liveClient();
  const stopped = client.stop();
  stopped.catch(() => {});
  await Promise.resolve();
  for (let i = 0; i < 3; i += 1) {
    passAnswered(25_000, socket);
    socket.result(`s${i}`, "Encore.", i, i + 1, true);
  }
  assert.equal(client.state, "stopping");
  passAnswered(30_000, socket);
  await assert.rejects(stopped, { code: "STOP_TIMEOUT" });
  assert.equal(seen("close")[0].completed, false);
});

test("a lost connection is told with its time, the words that are safe, and since when others may be missing", async () => {
  const { client, seen, socket } = await liveClient();
  for (let i = 1; i <= 30; i += 1) {
    pass(100);
    client.send(FRAME, Date.now());
  }
  socket.result("a", "Bonjour.", 0, 1, true);
  const heardAt = Date.now();
  pass(700);
  socket.drop(1006);
  const [end] = seen("close");
  assert.equal(end.completed, false);
  assert.equal(end.error.code, "CONNECTION_LOST");
  assert.equal(end.error.retryable, true);
  assert.equal(end.lastHeardAt, heardAt);
  assert.equal(end.missingFrom, heardAt - 2000);
  assert.equal(client.state, "closed");
  assert.equal(client.send(FRAME), false);
  await assert.rejects(client.stop(), { code: "CONNECTION_LOST" });
});

test("a server out of reach is CONNECT_FAILED, one that does not get ready CONNECT_TIMEOUT", async () => {
  const failed = newClient();
  const failing = failed.client.start();
  FakeSocket.last.drop(1006);
  await assert.rejects(failing, { code: "CONNECT_FAILED" });
  const slow = newClient();
  const waiting = slow.client.start();
  FakeSocket.last.onopen();
  passAnswered(20_000, FakeSocket.last);
  await assert.rejects(waiting, { code: "CONNECT_TIMEOUT" });
  assert.equal(FakeSocket.last.closedWith, 1000);
  assert.equal(slow.seen("close").length, 1);
});

test("an address that no socket can be made of is an error like any other", async () => {
  const { client, seen } = newClient({ webSocket: class { constructor() { throw new SyntaxError("no"); } } });
  await assert.rejects(client.start(), { code: "CONNECT_FAILED", retryable: false });
  assert.equal(seen("close").length, 1);
});

test("a fatal error of the server explains the close that follows it", async () => {
  const { client, seen } = newClient();
  const started = client.start();
  FakeSocket.last.onopen();
  FakeSocket.last.say("transcription_error", { error: "No seat", code: "CAPACITY", retryable: true, fatal: true });
  FakeSocket.last.drop(1013, "No seat");
  await assert.rejects(started, (error) => error instanceof AlieError && error.code === "CAPACITY" && error.message === "No seat");
  assert.equal(seen("close")[0].code, 1013);
  assert.equal(seen("close")[0].error.code, "CAPACITY");
});

test("an error that is not fatal leaves the session as it is", async () => {
  const { client, seen, socket } = await liveClient();
  socket.say("transcription_error", { error: "Waiting", code: "ENGINE_THROTTLED", retryable: true, fatal: false });
  assert.equal(seen("error")[0].error.code, "ENGINE_THROTTLED");
  assert.equal(client.state, "live");
  socket.drop();
  assert.equal(seen("close")[0].error.code, "CONNECTION_LOST");
});

test("a server that ends a session of itself is not taken for a completed stop", async () => {
  const { seen, socket } = await liveClient();
  socket.say("transcription_error", { error: "Too long", code: "MAX_DURATION", retryable: true, fatal: true });
  socket.complete({ audioSeconds: 14400 });
  socket.drop(4410);
  const [end] = seen("close");
  assert.equal(end.completed, false);
  assert.equal(end.error.code, "MAX_DURATION");
  assert.equal(end.summary.audioSeconds, 14400);
});

test("a network that swallows everything is told after 6 s and given up after 30", async () => {
  const { client, seen, socket } = await liveClient();
  socket.pong();
  const heardAt = Date.now();
  pass(2_500);
  pass(5_000);
  assert.equal(seen("stalled").length, 0);
  pass(2_500);
  assert.deepEqual(seen("stalled"), [{ since: heardAt }]);
  assert.ok(client.send(FRAME));
  pass(25_000);
  assert.equal(seen("close")[0].error.code, "CONNECTION_LOST");
  assert.equal(seen("close")[0].lastHeardAt, heardAt);
});

test("a network that comes back in time is told too, and nothing is lost", async () => {
  const { client, seen, socket } = await liveClient();
  pass(10_000);
  assert.equal(seen("stalled").length, 1);
  socket.pong();
  assert.equal(seen("recovered").length, 1);
  pass(2_500);
  assert.equal(client.state, "live");
});

test("timers that sleep in a background tab do not pass for a lost connection", async () => {
  const { client, socket } = await liveClient();
  socket.pong();
  for (let minute = 0; minute < 5; minute += 1) {
    // The clock goes on for a minute, and then one tick comes.
    mock.timers.setTime(Date.now() + 60_000);
    pass(2_500);
    socket.pong();
  }
  assert.equal(client.state, "live");
});

test("the round trip is that of the newest ping", async () => {
  const { client, socket } = await liveClient();
  assert.equal(client.roundTripMs, null);
  pass(40);
  socket.pong();
  assert.equal(client.roundTripMs, 40);
  socket.say("pong", { id: 999 });
  assert.equal(client.roundTripMs, 40);
});

test("abort closes at once and says so", async () => {
  const { client, seen, socket } = await liveClient();
  client.abort();
  assert.equal(socket.closedWith, 1000);
  assert.equal(seen("close")[0].error.code, "ABORTED");
  client.abort();
  assert.equal(seen("close").length, 1);
});
