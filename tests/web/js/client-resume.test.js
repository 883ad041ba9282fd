/** After a cut the client takes its session up again, or begins a new one where that is gone. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { FRAME, liveClient, newClient, pass, passAnswered, resumableClient } from "./fake-session.js";
import { FakeSocket } from "./fake-socket.js";

/** Numbered samples, to see which of them arrive where. */
const ramp = (from, length) => new Int16Array(length).map((_, i) => from + i);
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("where nothing is to be kept, nothing is asked for, and a cut is the end whatever the server offers", async () => {
  const { socket, client } = await resumableClient({ maxKeptSeconds: 0 });
  assert.equal("ack" in socket.messages[0] || "resume" in socket.messages[0], false);
  socket.drop();
  assert.equal(client.state, "closed");
});

test("a server that offers nothing is left alone after a cut", async () => {
  const { client, socket, seen } = await liveClient();
  const before = FakeSocket.opened;
  socket.drop();
  pass(60_000);
  assert.equal(client.state, "closed");
  assert.equal(FakeSocket.opened, before);
  assert.deepEqual(seen("reconnecting"), []);
});

test("after a cut the session goes on with the audio that the server has not got, and with what was said meanwhile", async () => {
  const { client, socket, seen } = await resumableClient();
  for (let i = 0; i < 3; i += 1) client.send(ramp(i * 1000, 1000), Date.now());
  socket.result("a", "Bonjour.", 0, 0.05, true);
  socket.drop();
  assert.equal(client.state, "reconnecting");
  assert.ok(client.send(ramp(3000, 1000), Date.now()));
  pass(300);
  assert.notEqual(FakeSocket.last, socket);
  const second = FakeSocket.last;
  second.greet();
  assert.deepEqual(second.messages, [{ type: "resume_transcription", sessionId: "s", resumeToken: "first", lastSeq: 1 }]);
  assert.deepEqual(second.audio, []);
  second.say("stream_resumed", { sessionId: "s", receivedBytes: 4800, resumeToken: "next" });
  assert.deepEqual(second.audio, [...ramp(2400, 1600)]);
  assert.equal(client.state, "live");
  assert.deepEqual(seen("state").map(({ state }) => state), ["connecting", "live", "reconnecting", "live"]);
  assert.deepEqual(seen("resumed"), [{ isNewSession: false }]);
  assert.equal(second.messages.at(-1).type, "ping");
  client.send(ramp(4000, 10), Date.now());
  assert.deepEqual(second.audio.slice(-10), [...ramp(4000, 10)]);
});

test("a connection that is closing is given nothing: it would be lost", async () => {
  const { client, socket } = await resumableClient();
  client.send(ramp(0, 100), Date.now());
  socket.readyState = 2;
  client.send(ramp(100, 100), Date.now());
  client.pause();
  assert.equal(socket.audio.length, 100);
  assert.ok(!socket.types().includes("pause"));
  const recording = client.sendAll(ramp(200, 100));
  await turn();
  assert.equal(client.takenSeconds * 16000, 200);
  socket.drop();
  pass(300);
  FakeSocket.last.resume(200);
  await recording;
  assert.deepEqual(FakeSocket.last.audio, [...ramp(100, 200)]);
});

test("each connection is told with its newest token", async () => {
  const { socket } = await resumableClient();
  socket.drop();
  pass(300);
  FakeSocket.last.resume(0, "second");
  FakeSocket.last.drop();
  pass(300);
  FakeSocket.last.greet();
  assert.equal(FakeSocket.last.messages[0].resumeToken, "second");
});

test("a result that is told again is not shown again", async () => {
  const { socket, seen } = await resumableClient();
  socket.result("a", "bon", 0, 0.5, false);
  socket.result("a", "Bonjour.", 0, 1, true);
  socket.drop();
  pass(300);
  FakeSocket.last.greet();
  assert.equal(FakeSocket.last.messages[0].lastSeq, 2);
  FakeSocket.last.result("a", "bon", 0, 0.5, false, { seq: 1 });
  FakeSocket.last.result("a", "Bonjour.", 0, 1, true, { seq: 2 });
  FakeSocket.last.result("b", "Merci.", 1, 2, true, { seq: 3 });
  assert.deepEqual(seen("final").map(({ text }) => text), ["Bonjour.", "Merci."]);
  assert.equal(seen("partial").length, 1);
});

test("a session that is gone is begun again on the same socket, where the safe words end; what was open is taken back", async () => {
  const { client, socket, seen } = await resumableClient();
  client.send(ramp(0, 16000), Date.now());
  client.send(ramp(16000, 8000), Date.now());
  socket.result("s.1", "Bonjour.", 0, 0.9, true);
  socket.ack(48000, 32000);
  socket.result("s.2", "mer", 1.1, 1.4, false);
  socket.drop();
  pass(300);
  const second = FakeSocket.last;
  second.beginAgain();
  assert.deepEqual(second.types(), ["resume_transcription", "start_transcription"]);
  assert.deepEqual(second.audio, [...ramp(16000, 8000)]);
  const taken = seen("final").at(-1);
  assert.deepEqual([taken.resultId, taken.text], ["s.2", ""]);
  assert.equal(client.session.sessionId, "t");
  assert.deepEqual(seen("resumed"), [{ isNewSession: true }]);
  second.result("t.1", "Merci.", 0.1, 0.4, true, { words: [{ text: "Merci.", startTime: 0.1, endTime: 0.4, confidence: 1 }] });
  const { startTime, endTime, words } = seen("final").at(-1);
  assert.deepEqual([startTime, endTime, words[0].startTime, words[0].endTime], [1.1, 1.4, 1.1, 1.4]);
  second.ack(16000, 16000);
  assert.equal(client.safeSeconds, 1.5);
  second.drop();
  pass(300);
  FakeSocket.last.greet();
  assert.deepEqual(FakeSocket.last.messages[0], { type: "resume_transcription", sessionId: "t", resumeToken: "other", lastSeq: 1 });
});

test("what was open before the end of the last final is heard again from where it began", async () => {
  const { client, socket } = await resumableClient();
  client.send(ramp(0, 32000), Date.now());
  socket.result("s.1", "Un", 0.5, 1, false);
  socket.result("s.2", "Deux.", 1.5, 1.9, true);
  socket.drop();
  pass(300);
  FakeSocket.last.beginAgain();
  assert.equal(FakeSocket.last.audio[0], 8000);
  assert.equal(client.safeSeconds, 0.5);
});

test("a final that came without its acknowledgement is not heard again", async () => {
  const { client, socket } = await resumableClient();
  client.send(ramp(0, 16000), Date.now());
  socket.result("s.1", "Bonjour.", 0, 0.5, true);
  socket.drop();
  pass(300);
  FakeSocket.last.beginAgain();
  assert.equal(FakeSocket.last.audio[0], 8000);
});

test("a session that answers none is taken up where the server says, but nowhere else than on the same server", async () => {
  for (const [resumePath, url] of [
    ["/ws", "ws://alie.test/ws"],
    ["//evil.test/ws", "ws://alie.test/ws/transcription"],
    ["https://evil.test/", "ws://alie.test/ws/transcription"],
  ]) {
    const { socket, client } = await liveClient({}, { resumeToken: "first", resumePath });
    socket.drop();
    pass(500);
    assert.equal(FakeSocket.last.url, url);
    client.abort();
  }
});

test("each connection is shown a new proof, and one that cannot be had now is asked for again", async () => {
  const tokens = ["one", new Error("no network"), "two"];
  const getToken = () => {
    const token = tokens.shift();
    if (token instanceof Error) throw token;
    return token;
  };
  const { socket, seen } = await resumableClient({ getToken });
  assert.equal(socket.messages[0].token, "one");
  socket.drop();
  const before = FakeSocket.opened;
  pass(300);
  await turn();
  assert.equal(FakeSocket.opened, before);
  assert.equal(seen("reconnecting").at(-1).error.code, "TOKEN_FAILED");
  pass(1000);
  await turn();
  FakeSocket.last.greet();
  assert.equal(FakeSocket.last.messages[0].token, "two");
  FakeSocket.last.beginAgain();
  assert.equal(FakeSocket.last.messages.find(({ type }) => type === "start_transcription").token, "two");
});

test("what a new connection would not mend ends the dictation", async () => {
  for (const [code, retryable, closeCode] of [
    ["TAKEN_OVER", false, 4409],
    ["AUTH_INVALID", false, 1008],
    ["AUTH_EXPIRED", false, 1008],
    ["INVALID_MESSAGE", false, 1008],
    ["IDLE_TIMEOUT", true, 4408],
    ["MAX_DURATION", true, 4410],
  ]) {
    const { client, socket, seen } = await resumableClient();
    socket.fail(code, retryable, closeCode);
    assert.equal(client.state, "closed", code);
    assert.equal(seen("close")[0].error.code, code);
  }
  for (const closeCode of [1000, 1008, 1009, 4409]) {
    const { client, socket } = await resumableClient();
    socket.drop(closeCode);
    assert.equal(client.state, "closed", String(closeCode));
  }
});

test("what passes does not end it", async () => {
  for (const [code, closeCode] of [["INTERNAL", 1011], ["ENGINE_UNAVAILABLE", 1011], ["CAPACITY", 1013], ["SOMETHING_NEW", 4499]]) {
    const { client, socket, seen } = await resumableClient();
    socket.fail(code, true, closeCode);
    assert.equal(client.state, "reconnecting", code);
    assert.equal(seen("reconnecting")[0].error.code, code);
    client.abort();
  }
  for (const closeCode of [1001, 1005, 1006, 1011, 1012, 1013]) {
    const { client, socket } = await resumableClient();
    socket.drop(closeCode);
    assert.equal(client.state, "reconnecting", String(closeCode));
    client.abort();
  }
});

test("a session that ended with an error is not looked for; one of whose socket alone that is true is", async () => {
  const { socket } = await resumableClient();
  socket.fail("INTERNAL", true, 1011);
  pass(300);
  FakeSocket.last.beginAgain();
  assert.deepEqual(FakeSocket.last.types(), ["start_transcription"]);
  FakeSocket.last.drop();
  pass(2000);
  FakeSocket.last.greet();
  FakeSocket.last.fail("INTERNAL", true, 1011);
  pass(3000);
  FakeSocket.last.resume(0);
  assert.deepEqual(FakeSocket.last.types(), ["resume_transcription"]);
  // The session had ended while nobody was there.
  FakeSocket.last.fail("ENGINE_UNAVAILABLE", true, 1011);
  pass(1000);
  FakeSocket.last.greet();
  assert.deepEqual(FakeSocket.last.types(), ["start_transcription"]);
});

test("a new session that never began is begun again", async () => {
  const { socket, client } = await resumableClient();
  socket.drop();
  pass(300);
  FakeSocket.last.greet();
  FakeSocket.last.say("transcription_error", { error: "Nothing", code: "SESSION_NOT_FOUND", retryable: false, fatal: false });
  FakeSocket.last.drop();
  pass(1000);
  FakeSocket.last.beginAgain();
  assert.deepEqual(FakeSocket.last.types(), ["start_transcription"]);
  assert.equal(client.state, "live");
});

test("a server that goes down is left alone for as long as it asked", async () => {
  const { client, socket, seen } = await resumableClient();
  const before = FakeSocket.opened;
  socket.say("server_draining", { reconnectAfterSeconds: 5 });
  socket.fail("SHUTTING_DOWN", true, 1001);
  assert.equal(client.state, "reconnecting");
  assert.equal(seen("reconnecting")[0].nextAttemptAt, Date.now() + 5250);
  pass(5_200);
  assert.equal(FakeSocket.opened, before);
  pass(100);
  assert.equal(FakeSocket.opened, before + 1);
  FakeSocket.last.beginAgain();
  FakeSocket.last.drop();
  assert.equal(seen("reconnecting")[1].nextAttemptAt, Date.now() + 750);
});

test("a server without a seat is asked again; one that refuses the user is not", async () => {
  const { client, socket, seen } = await resumableClient();
  socket.drop();
  pass(300);
  FakeSocket.last.greet();
  FakeSocket.last.say("transcription_error", { error: "Nothing", code: "SESSION_NOT_FOUND", retryable: false, fatal: false });
  FakeSocket.last.fail("CAPACITY", true, 1013);
  assert.equal(client.state, "reconnecting");
  pass(1000);
  FakeSocket.last.greet();
  FakeSocket.last.fail("AUTH_INVALID", false, 1008);
  assert.equal(client.state, "closed");
  assert.deepEqual(seen("error").map(({ error }) => error.code), ["CAPACITY", "AUTH_INVALID"]);
});

test("a server that has too much to do is asked again when it says", async () => {
  const { socket, seen } = await resumableClient();
  socket.drop();
  pass(300);
  FakeSocket.last.greet();
  FakeSocket.last.say("transcription_error", { error: "Busy", code: "CAPACITY", retryable: true, fatal: true, retryAfterSeconds: 12 });
  FakeSocket.last.drop(1013);
  assert.equal(seen("reconnecting").at(-1).nextAttemptAt, Date.now() + 12_750);
});

test("attempts come less and less often, spread by chance, and end after a while with what is safe", async () => {
  for (const [random, waits] of [[0, [0, 500, 1000, 2000, 4000, 5000, 5000]], [1, [500, 1000, 2000, 4000, 8000, 10000, 10000]]]) {
    const { client, socket, seen } = await resumableClient({ random: () => random, reconnectForMs: 60_000 });
    const spokenAt = Date.now();
    pass(1000);
    client.send(new Int16Array(16000), Date.now());
    socket.result("a", "Oui.", 0.2, 0.5, true);
    socket.ack(32000, 16000);
    socket.drop();
    const seenWaits = [];
    for (let left = 61_000; left > 0 && client.state !== "closed"; left -= 100) {
      const [{ nextAttemptAt }, opened] = [seen("reconnecting").at(-1), FakeSocket.opened];
      if (seenWaits.length < 7) seenWaits.push(nextAttemptAt - Date.now());
      while (FakeSocket.opened === opened && client.state !== "closed") pass(100);
      if (client.state !== "closed") FakeSocket.last.drop();
    }
    assert.deepEqual(seenWaits, waits);
    const [end] = seen("close");
    assert.equal(end.error.code, "RECONNECT_FAILED");
    assert.equal(end.error.cause.code, "CONNECTION_LOST");
    assert.equal(end.missingFrom, spokenAt + 500);
    assert.equal(client.send(FRAME), false);
  }
});

test("an attempt that is not answered ends with the time for attempts", async () => {
  const { client, socket, seen } = await resumableClient({ reconnectForMs: 3000 });
  socket.drop();
  pass(3000);
  assert.equal(client.state, "closed");
  assert.equal(seen("close")[0].error.cause.code, "CONNECT_TIMEOUT");
});

test("a session that dies whenever it hears the next sound is given up; one that comes farther each time is not", async () => {
  for (const isGettingOn of [false, true]) {
    const { client, socket } = await resumableClient({ reconnectForMs: 20_000 });
    client.send(new Int16Array(64_000), Date.now());
    socket.fail("INTERNAL", true, 1011);
    for (let times = 0; times < 40 && client.state === "reconnecting"; times += 1) {
      const opened = FakeSocket.opened;
      while (FakeSocket.opened === opened && client.state !== "closed") pass(100);
      if (client.state === "closed") break;
      FakeSocket.last.beginAgain();
      FakeSocket.last.ack(3200, isGettingOn ? 2 : 0);
      FakeSocket.last.fail("INTERNAL", true, 1011);
    }
    assert.equal(client.state, isGettingOn ? "reconnecting" : "closed");
    client.abort();
  }
});

test("a network that swallows everything is left for a new connection", async () => {
  const { client, seen, socket } = await resumableClient();
  pass(10_000);
  assert.equal(seen("stalled").length, 1);
  pass(27_500);
  assert.equal(client.state, "reconnecting");
  // 1000 would tell the server, should it hear it after all, that nobody comes back.
  assert.equal(socket.closedWith, 4000);
  pass(300);
  const second = FakeSocket.last;
  second.onopen();
  pass(20_000);
  assert.equal(second.closedWith, 4000);
  assert.equal(client.state, "reconnecting");
  pass(1000);
  FakeSocket.last.resume(0);
  assert.equal(client.state, "live");
  client.abort();
  assert.equal(FakeSocket.last.closedWith, 1000);
});

test("what is asked of a session is asked again when it goes on", async () => {
  const { client, socket } = await resumableClient();
  const first = client.flush();
  const second = client.flush();
  socket.say("flushed", { seq: 1 });
  await first;
  socket.drop();
  const third = client.flush();
  client.pause();
  pass(300);
  FakeSocket.last.resume(0);
  assert.deepEqual(FakeSocket.last.types(), ["resume_transcription", "flush", "flush", "pause"]);
  FakeSocket.last.say("flushed", { seq: 1 });
  FakeSocket.last.say("flushed", { seq: 1 });
  await Promise.all([second, third]);
  client.send(FRAME, Date.now());
  FakeSocket.last.drop();
  pass(300);
  FakeSocket.last.resume(0);
  assert.deepEqual(FakeSocket.last.types(), ["resume_transcription"]);
});

test("a stop that was cut off is said again, after the audio that is missing; its summary is of all sessions", async () => {
  const { client, socket } = await resumableClient();
  client.send(ramp(0, 16000), Date.now());
  socket.result("s.1", "Un.", 0, 0.4, true);
  socket.ack(16000, 16000);
  const stopped = client.stop();
  await turn();
  socket.drop();
  assert.equal(client.state, "reconnecting");
  assert.equal(client.send(FRAME), false);
  await assert.rejects(client.flush());
  pass(300);
  FakeSocket.last.resume(24000);
  assert.equal(client.state, "stopping");
  assert.deepEqual(FakeSocket.last.types(), ["resume_transcription", "stop_transcription"]);
  assert.deepEqual(FakeSocket.last.audio, [...ramp(12000, 4000)]);
  FakeSocket.last.drop();
  pass(1000);
  FakeSocket.last.beginAgain();
  assert.deepEqual(FakeSocket.last.audio, [...ramp(8000, 8000)]);
  FakeSocket.last.result("t.1", "Deux.", 0, 0.4, true);
  FakeSocket.last.complete({ audioSeconds: 0.5, finals: 1, lostSeconds: 0.25 });
  const summary = { audioSeconds: 1, finals: 2, lostSeconds: 0.25, droppedSeconds: 0, conversation: null };
  assert.deepEqual(await stopped, summary);
  assert.equal(client.state, "closed");
});

test("a stop while there is no connection waits for one; a session that was complete already says so", async () => {
  const { client, socket, seen } = await resumableClient();
  client.send(ramp(0, 1600), Date.now());
  socket.drop();
  const stopped = client.stop();
  await turn();
  pass(300);
  FakeSocket.last.resume(0);
  assert.deepEqual(FakeSocket.last.types(), ["resume_transcription", "stop_transcription"]);
  assert.equal(FakeSocket.last.audio.length, 1600);
  FakeSocket.last.drop();
  pass(1000);
  FakeSocket.last.resume(3200);
  FakeSocket.last.complete();
  await stopped;
  assert.ok(seen("close")[0].completed);
});

test("a server that is not heard at all after a stop is not waited for in vain", async () => {
  const { client, socket } = await resumableClient();
  passAnswered(10_000, socket);
  const stopped = client.stop();
  await turn();
  pass(30_000);
  assert.equal(client.state, "reconnecting");
  pass(300);
  FakeSocket.last.resume(0);
  FakeSocket.last.complete();
  await stopped;
});

test("an acknowledgement gives a stop more time, as a result does", async () => {
  const { client, socket } = await resumableClient();
  client.stop().catch(() => {});
  await turn();
  passAnswered(25_000, socket);
  socket.ack(0, 0);
  passAnswered(25_000, socket);
  assert.equal(client.state, "stopping");
  passAnswered(5_000, socket);
  assert.equal(client.state, "closed");
  assert.equal(socket.closedWith, 1000);
});

test("a session that was completed is not taken up again, whoever completed it", async () => {
  const { client, socket } = await resumableClient();
  socket.complete();
  socket.drop();
  assert.equal(client.state, "closed");
});

test("when the server was last heard is remembered through attempts that fail", async () => {
  const { client, socket, seen } = await resumableClient();
  pass(2000);
  socket.pong();
  const heardAt = Date.now();
  pass(1000);
  socket.drop();
  pass(300);
  FakeSocket.last.drop();
  assert.deepEqual(seen("reconnecting").map(({ lastHeardAt }) => lastHeardAt), [heardAt, heardAt]);
  assert.equal(client.lastHeardAt, heardAt);
});

test("giving up while there is no connection ends it at once", async () => {
  const { client, socket, seen } = await resumableClient();
  const before = FakeSocket.opened;
  const flushed = client.flush();
  socket.drop();
  client.abort();
  assert.equal(client.state, "closed");
  assert.equal(seen("close")[0].error.code, "ABORTED");
  await assert.rejects(flushed, { code: "ABORTED" });
  pass(60_000);
  assert.equal(FakeSocket.opened, before);
});

test("how late words are is right across a cut", async () => {
  const { client, socket, seen } = await resumableClient();
  pass(1000);
  client.send(new Int16Array(16000), Date.now());
  socket.drop();
  pass(2000);
  client.send(new Int16Array(16000), Date.now());
  FakeSocket.last.resume(16000);
  pass(500);
  FakeSocket.last.result("a", "Un.", 0, 1, true);
  FakeSocket.last.result("b", "Deux.", 1, 2, true);
  assert.deepEqual(seen("latency").map(({ seconds }) => seconds), [2.5, 0.5]);
  // What is heard anew is late, and that is told, though the old session had shown as much.
  FakeSocket.last.ack(64000, 32000);
  FakeSocket.last.result("c", "tr", 1, 2, false);
  FakeSocket.last.drop();
  pass(1000);
  FakeSocket.last.beginAgain();
  FakeSocket.last.result("t.1", "tr", 0, 0.5, false);
  assert.equal(seen("latency").length, 4);
});

test("the first connection is not tried again", async () => {
  const { client } = newClient();
  const started = client.start();
  FakeSocket.last.drop();
  await assert.rejects(started, { code: "CONNECT_FAILED" });
});
