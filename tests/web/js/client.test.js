import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, mock, test } from "node:test";

import { AlieClient, AlieError, Microphone } from "../../../alie/web/page/alie-client.js";
import { FakeSocket } from "./fake-socket.js";

const FRAME = new Int16Array(1600).fill(7);

/** A client on a fake socket, with everything it says. */
function newClient(options = {}) {
  const client = new AlieClient({ url: "ws://alie.test/ws/transcription", webSocket: FakeSocket, ...options });
  const events = [];
  for (const type of ["state", "partial", "final", "error", "latency", "stalled", "recovered", "engine", "draining", "close"]) {
    client.addEventListener(type, ({ detail }) => events.push([type, detail]));
  }
  return { client, events, seen: (type) => events.filter(([name]) => name === type).map(([, detail]) => detail) };
}

async function liveClient(options) {
  const made = newClient(options);
  const started = made.client.start();
  FakeSocket.last.getReady();
  await started;
  return { ...made, socket: FakeSocket.last };
}

/** Lets time pass while the server answers its pings. */
function passAnswered(ms, socket) {
  for (let left = ms; left > 0; left -= 1_000) {
    pass(Math.min(1_000, left));
    socket.pong();
  }
}

/** Lets time pass. In steps: the mocked clock shows all timers of one tick the same time, its end. */
function pass(ms) {
  for (let left = ms; left > 0; left -= 100) mock.timers.tick(Math.min(100, left));
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_700_000_000_000 });
});

test("the session is opened as docs/protocol.md says", async () => {
  const { client, socket } = await liveClient({ language: "en-US", vocabulary: ["Tremblay"], words: true });
  assert.equal(socket.url, "ws://alie.test/ws/transcription");
  assert.deepEqual(socket.messages[0], {
    type: "start_transcription",
    languageCode: "en-US",
    sampleRate: 16000,
    mode: "smart_dictation",
    words: true,
    partials: true,
    vocabulary: ["Tremblay"],
  });
  assert.equal(client.session.engine, "embedded");
  assert.equal(client.state, "live");
});

test("an http address becomes a ws address", () => {
  const { client } = newClient({ url: "https://alie.test/ws/transcription" });
  client.start();
  assert.equal(FakeSocket.last.url, "wss://alie.test/ws/transcription");
});

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

test("partials and finals come with the fields declared", async () => {
  const { seen, socket, client } = await liveClient();
  socket.result("a", "bon", 0, 0.5, false);
  socket.result("a", "Bonjour.", 0, 1, true, { confidence_score: 0.9, language_detected: "fr-CA", words: [] });
  assert.equal(seen("partial")[0].text, "bon");
  assert.deepEqual(seen("final")[0], {
    resultId: "a", text: "Bonjour.", startTime: 0, endTime: 1, speaker: null, language: "fr-CA", confidence: 0.9, engine: "embedded", words: [],
  });
  assert.equal(client.confirmedSeconds, 1);
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

test("stop waits for the last words and closes only after transcription_complete", async () => {
  const { client, seen, socket } = await liveClient();
  client.send(FRAME);
  const stopped = client.stop();
  await Promise.resolve();
  assert.deepEqual(socket.types(), ["start_transcription", "stop_transcription"]);
  assert.equal(client.send(FRAME), false);
  assert.equal(socket.closedWith, null);
  socket.result("a", "Merci.", 0, 0.1, true);
  assert.equal(socket.closedWith, null);
  socket.complete({ audioSeconds: 0.1, lostSeconds: 0.05 });
  assert.deepEqual(await stopped, { audioSeconds: 0.1, finals: 1, lostSeconds: 0.05, droppedSeconds: 0, conversation: null });
  assert.equal(socket.closedWith, 1000);
  assert.equal(seen("final").length, 1);
  assert.equal(seen("close").length, 1);
  assert.ok(seen("close")[0].completed);
  assert.equal(seen("close")[0].error, null);
  assert.equal(client.stop(), client.stop());
});

test("stop while connecting waits for the server, so that nothing said is lost", async () => {
  const { client } = newClient();
  client.start();
  client.send(FRAME);
  const stopped = client.stop();
  FakeSocket.last.getReady();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(FakeSocket.last.audio.length, 1600);
  assert.deepEqual(FakeSocket.last.types(), ["start_transcription", "stop_transcription"]);
  FakeSocket.last.complete();
  await stopped;
});

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

test("a client is started once", async () => {
  const { client } = await liveClient();
  assert.throws(() => client.start(), Error);
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

test("flush resolves with its answer, pause and unpause are said", async () => {
  const { client, socket } = await liveClient();
  const flushed = client.flush();
  client.pause();
  client.unpause();
  assert.deepEqual(socket.types().slice(1), ["flush", "pause", "unpause"]);
  socket.say("flushed", { seq: 3 });
  await flushed;
});

test("a flush whose session is lost is rejected, one before a session as well", async () => {
  const idle = newClient();
  await assert.rejects(idle.client.flush());
  const { client, socket } = await liveClient();
  const flushed = client.flush();
  socket.drop();
  await assert.rejects(flushed, { code: "CONNECTION_LOST" });
});

test("a flush is kept when the session completes first: everything is final then", async () => {
  const { client, socket } = await liveClient();
  const flushed = client.flush();
  client.stop();
  await Promise.resolve();
  socket.complete();
  await flushed;
});

test("the engine's state and the server's going down are passed on", async () => {
  const { seen, socket } = await liveClient();
  socket.say("engine_status", { state: "failed_over", engine: "embedded", code: "ENGINE_UNAVAILABLE" });
  socket.say("server_draining", { reconnectAfterSeconds: 5 });
  assert.deepEqual(seen("engine"), [{ state: "failed_over", engine: "embedded", code: "ENGINE_UNAVAILABLE" }]);
  assert.deepEqual(seen("draining"), [{ reconnectAfterSeconds: 5 }]);
});

test("the conversation of an ambient session comes with the summary", async () => {
  const { client, socket } = await liveClient({ mode: "ambient" });
  const stopped = client.stop();
  await Promise.resolve();
  socket.say("transcription_final", { mode: "ambient", payload: { results: {} } });
  socket.complete();
  assert.deepEqual((await stopped).conversation, { results: {} });
});

test("messages of a newer server are passed over", async () => {
  const { client, socket } = await liveClient();
  socket.sayText("not JSON");
  socket.sayText("null");
  socket.sayText("17");
  socket.say("something_new");
  assert.equal(client.state, "live");
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

test("abort closes at once and says so", async () => {
  const { client, seen, socket } = await liveClient();
  client.abort();
  assert.equal(socket.closedWith, 1000);
  assert.equal(seen("close")[0].error.code, "ABORTED");
  client.abort();
  assert.equal(seen("close").length, 1);
});

test("the declarations name every public member, and no other", () => {
  const declared = readFileSync(new URL("../../../alie/web/page/alie-client.d.ts", import.meta.url), "utf8");
  for (const made of [AlieClient, Microphone]) {
    const body = declared.split(`export class ${made.name} extends EventTarget {`)[1].split("\n}\n")[0];
    const names = [...body.matchAll(/^ {2}(?:static |readonly )*(\w+)[(:<]/gm)].map(([, name]) => name);
    const own = [...Object.getOwnPropertyNames(made.prototype), ...Object.getOwnPropertyNames(made)];
    const members = own.filter((name) => !["length", "name", "prototype"].includes(name));
    const added = ["addEventListener", "removeEventListener"];
    assert.deepEqual([...new Set(names)].filter((name) => !added.includes(name)).sort(), members.sort());
  }
});
