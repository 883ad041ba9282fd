import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { AlieClient, Microphone } from "../../../alie/web/page/alie-client.js";
import { FRAME, liveClient, newClient } from "./fake-session.js";
import { FakeSocket } from "./fake-socket.js";

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
    ack: true,
    resume: true,
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

test("a client is started once", async () => {
  const { client } = await liveClient();
  assert.throws(() => client.start(), Error);
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
