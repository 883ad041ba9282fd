/** What the page says of a cut, from the cut to its end. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { watchClient } from "../../../alie/web/page/client-watch.js";
import { showKept } from "../../../alie/web/page/connection-watch.js";
import { Status } from "../../../alie/web/page/status.js";
import { Transcript } from "../../../alie/web/page/transcript.js";
import { FRAME, liveClient, newClient, pass, resumableClient } from "./fake-session.js";
import { FakeSocket } from "./fake-socket.js";

function watch({ client }) {
  const [status, transcript, told] = [new Status(), new Transcript(), []];
  status.addEventListener("tell", ({ detail }) => told.push(detail.text));
  watchClient(client, status, transcript);
  const sentences = (about) => status.notices.get(about)?.sentences.map(({ text }) => text);
  const speak = (seconds) => {
    for (let i = 0; i < seconds * 10; i += 1) {
      pass(100);
      client.send(FRAME, Date.now());
      showKept(client, status);
    }
  };
  return { client, status, transcript, told, sentences, speak };
}

/** A dictation that was cut off after 2 s, of which 1 s is safe. */
async function cutOff(options) {
  const watched = watch(await resumableClient(options));
  const beganAt = Date.now();
  watched.speak(2);
  FakeSocket.last.result("a", "Bonjour.", 0, 0.8, true);
  FakeSocket.last.ack(64000, 32000);
  FakeSocket.last.result("b", "mer", 1.2, 1.5, false);
  FakeSocket.last.drop();
  return { ...watched, beganAt };
}

test("a cut is told with what is safe, and with a way out", async () => {
  const { status, beganAt, transcript } = await cutOff();
  assert.deepEqual(status.notices.get("connection"), {
    tone: "warn",
    sentences: [
      { text: "CONNECTION_LOST", values: { sentence: "", since: beganAt + 2000 } },
      { text: "reconnecting" },
      { text: "safeUntil", values: { time: beganAt + 1000 } },
    ],
    action: "giveUp",
  });
  assert.equal(transcript.partialText, "mer");
});

test("what waits is counted while it grows", async () => {
  const { status, speak } = await cutOff({ reconnectForMs: 60_000 });
  assert.deepEqual(status.legs.connection, { state: "reconnecting", tone: "warn", values: { kept: 1 } });
  let changes = 0;
  status.addEventListener("change", () => (changes += 1));
  speak(5);
  assert.deepEqual(status.legs.connection.values, { kept: 6 });
  assert.ok(changes <= 7, String(changes));
});

test("what was safe of nothing is not spoken of", async () => {
  const { sentences } = watch(await resumableClient());
  FakeSocket.last.drop();
  assert.deepEqual(sentences("connection"), ["CONNECTION_LOST", "reconnecting"]);
});

test("when it goes on, that is said in passing, and nothing else is left of it", async () => {
  const { status, told, transcript } = await cutOff();
  pass(300);
  FakeSocket.last.resume(64000);
  assert.equal(status.notices.size, 0);
  assert.deepEqual(told, ["resumed"]);
  assert.deepEqual(status.legs.connection, { state: "live", tone: "good", values: undefined });
  FakeSocket.last.result("b", "Merci.", 1.2, 1.9, true, { seq: 3 });
  assert.deepEqual(transcript.segments.map(({ text }) => text), ["Bonjour.", "Merci."]);
});

test("a new session takes back what was being said, and shows its own engine", async () => {
  const { status, transcript } = await cutOff();
  pass(300);
  FakeSocket.last.beginAgain({ engine: "amazon" });
  assert.equal(transcript.partialText, "");
  assert.deepEqual(transcript.segments.map(({ text }) => text), ["Bonjour."]);
  assert.deepEqual(status.legs.engine.values, { engine: "amazon" });
});

test("nothing is claimed of the engine while nobody can know", async () => {
  const legs = { failed_over: "failed_over", live: "live", recovering: "off" };
  for (const [state, after] of Object.entries(legs)) {
    const { status } = watch(await resumableClient());
    FakeSocket.last.say("engine_status", { state, engine: "amazon" });
    FakeSocket.last.drop();
    assert.equal(status.legs.engine.state, "off");
    assert.ok(!status.notices.has("engine"));
    pass(300);
    FakeSocket.last.drop();
    pass(1000);
    FakeSocket.last.resume(0);
    assert.equal(status.legs.engine.state, after);
    FakeSocket.last.result("a", "Oui.", 0, 1, true, { engine: "amazon", seq: 1 });
    assert.deepEqual([status.legs.engine.state === "off", status.legs.engine.values], [false, { engine: "amazon" }]);
  }
});

test("what the user has closed does not come back with every attempt, but with the next cut", async () => {
  const { status } = await cutOff();
  status.withdraw("connection");
  pass(300);
  FakeSocket.last.drop();
  assert.ok(!status.notices.has("connection"));
  pass(1000);
  FakeSocket.last.resume(64000);
  FakeSocket.last.drop();
  assert.ok(status.notices.has("connection"));
});

test("reasons that the server gives are told instead", async () => {
  const { sentences } = await cutOff();
  pass(300);
  FakeSocket.last.greet();
  FakeSocket.last.fail("CAPACITY", true, 1013);
  assert.deepEqual(sentences("connection"), ["CAPACITY", "reconnecting", "safeUntil"]);
});

test("a server that is silent while it is connected to again does not pass for a connection", async () => {
  const { status } = await cutOff();
  pass(300);
  FakeSocket.last.greet();
  FakeSocket.last.say("transcription_error", { error: "Nothing", code: "SESSION_NOT_FOUND", retryable: false, fatal: false });
  pass(10_000);
  FakeSocket.last.pong();
  assert.equal(status.legs.connection.state, "reconnecting");
});

test("giving up is told with what may be missing, and what was being said stays, marked", async () => {
  for (const [end, first] of [
    [({ client }) => client.abort(), "ABORTED"],
    [() => pass(20_000), "RECONNECT_FAILED"],
  ]) {
    const cut = await cutOff({ reconnectForMs: 10_000 });
    end(cut);
    assert.deepEqual([...cut.status.notices.keys()], ["end"]);
    assert.deepEqual(cut.sentences("end"), [first, "mayMiss"]);
    assert.equal(cut.status.notices.get("end").sentences[1].values.time, cut.beganAt + 1000);
    assert.equal(cut.status.notices.get("end").action, "startAgain");
    assert.deepEqual(cut.transcript.segments.map(({ kind, text }) => text || kind), ["Bonjour.", "mer", "gap"]);
  }
});

test("why the last attempt failed is told where the server has said so", async () => {
  const { client, sentences } = await cutOff({ reconnectForMs: 5_000 });
  while (client.state !== "closed") {
    const opened = FakeSocket.opened;
    pass(100);
    if (FakeSocket.opened === opened) continue;
    FakeSocket.last.greet();
    FakeSocket.last.fail("CAPACITY", true, 1013);
  }
  assert.deepEqual(sentences("end"), ["RECONNECT_FAILED", "CAPACITY", "mayMiss"]);
});

test("nothing is said to be missing after a silence, for the server has said that there were no words in it", async () => {
  const { client, sentences, speak, transcript } = watch(await resumableClient());
  speak(2);
  FakeSocket.last.result("a", "Bonjour.", 0, 0.8, true);
  FakeSocket.last.ack(64000, 64000);
  FakeSocket.last.drop();
  client.abort();
  assert.deepEqual(sentences("end"), ["ABORTED", "nothingMissing"]);
  assert.deepEqual(transcript.segments.map(({ kind }) => kind), ["speech"]);
});

test("audio that could not be kept is told while it happens, and marked in the text when it is known", async () => {
  const { status, sentences, speak, transcript } = await cutOff({ maxKeptSeconds: 2, maxBufferedSeconds: 1 });
  FakeSocket.last = null;
  speak(3);
  assert.deepEqual(sentences("AUDIO_LET_GO"), ["AUDIO_LET_GO"]);
  FakeSocket.last.resume(64000);
  assert.deepEqual([...status.notices.keys()], ["dropped"]);
  const [{ values }] = status.notices.get("dropped").sentences;
  assert.equal(values.seconds, 1);
  FakeSocket.last.result("b", "Merci.", 1.2, 1.9, true, { seq: 3 });
  FakeSocket.last.result("c", "Après.", 2.5, 3, true, { seq: 4 });
  assert.deepEqual(transcript.segments.map(({ kind, text }) => text || kind), ["Bonjour.", "Merci.", "gap", "Après."]);
  assert.equal(transcript.segments[2].at, values.time);
});

test("a server that goes down is told with what will happen then", async () => {
  for (const [made, text] of [[liveClient, "draining"], [resumableClient, "drainingShortly"]]) {
    const { sentences, status } = watch(await made());
    FakeSocket.last.say("server_draining", { reconnectAfterSeconds: 5 });
    assert.deepEqual(sentences("draining"), [text]);
    FakeSocket.last.fail("SHUTTING_DOWN", true, 1001);
    if (text === "drainingShortly") assert.deepEqual([...status.notices.keys()], ["connection"]);
  }
});

test("a first connection that is not answered is told as what it is", () => {
  const { client, sentences } = watch(newClient());
  client.start().catch(() => {});
  pass(20_000);
  assert.deepEqual(sentences("end"), ["CONNECT_TIMEOUT", "neverReady"]);
});
