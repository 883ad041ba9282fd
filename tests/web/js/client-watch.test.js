import assert from "node:assert/strict";
import { test } from "node:test";

import { watchClient } from "../../../alie/web/page/client-watch.js";
import { Status } from "../../../alie/web/page/status.js";
import { english } from "../../../alie/web/page/texts-en.js";
import { french } from "../../../alie/web/page/texts-fr.js";
import { Transcript } from "../../../alie/web/page/transcript.js";
import { newClient } from "./fake-session.js";
import { FakeSocket } from "./fake-socket.js";

/** A client in mid-session, watched, with what was said in passing. */
async function watched() {
  const { client } = newClient();
  const status = new Status();
  const told = [];
  status.addEventListener("tell", ({ detail }) => told.push(detail));
  watchClient(client, status, new Transcript());
  const started = client.start();
  FakeSocket.last.getReady();
  await started;
  return { client, status, told, socket: FakeSocket.last };
}

test("an engine that listens from the start is shown, and nothing is said of it", async () => {
  const { status, told } = await watched();
  assert.deepEqual(status.legs.engine, { state: "live", tone: "good", values: { engine: "embedded" } });
  assert.equal(status.notices.size, 0);
  assert.deepEqual(told, []);
});

test("a recovering engine is told as long as it lasts, that it listens again in passing", async () => {
  const { status, told, socket } = await watched();
  socket.say("engine_status", { state: "recovering", engine: "amazon", code: "ENGINE_UNAVAILABLE" });
  assert.deepEqual(status.legs.engine, { state: "recovering", tone: "warn", values: { engine: "amazon" } });
  const sentence = { text: "engineRecovering", values: { engine: "amazon" } };
  assert.deepEqual(status.notices.get("engine"), { tone: "warn", sentences: [sentence], action: undefined });
  assert.deepEqual(told, []);
  socket.say("engine_status", { state: "live", engine: "amazon" });
  assert.deepEqual(status.legs.engine, { state: "live", tone: "good", values: { engine: "amazon" } });
  assert.equal(status.notices.size, 0);
  assert.deepEqual(told, [{ text: "engineLive", values: { engine: "amazon" } }]);
});

test("an engine that takes over is said in passing and stays in the status", async () => {
  const { status, told, socket } = await watched();
  socket.say("engine_status", { state: "recovering", engine: "amazon" });
  socket.say("engine_status", { state: "failed_over", engine: "embedded", code: "ENGINE_UNAVAILABLE" });
  assert.deepEqual(status.legs.engine, { state: "failed_over", tone: "good", values: { engine: "embedded" } });
  assert.equal(status.notices.size, 0);
  assert.deepEqual(told, [{ text: "engineFailedOver", values: { engine: "embedded" } }]);
});

test("an engine without a name is the session's", async () => {
  const { status, socket } = await watched();
  socket.say("engine_status", { state: "recovering" });
  assert.deepEqual(status.legs.engine.values, { engine: "embedded" });
});

test("a state that this page does not know changes nothing", async () => {
  const { status, told, socket } = await watched();
  for (const state of ["new_state", "constructor", undefined]) socket.say("engine_status", { state, engine: "amazon" });
  assert.equal(status.legs.engine.state, "live");
  assert.equal(status.notices.size + told.length, 0);
});

test("an engine that was recovering when the session ended is not spoken of any more", async () => {
  const { status, socket } = await watched();
  socket.say("engine_status", { state: "recovering", engine: "amazon" });
  socket.drop();
  assert.equal(status.legs.engine.state, "off");
  assert.deepEqual([...status.notices.keys()], ["end"]);
});

test("every state of the engine has its words, in both languages", () => {
  for (const text of [french, english]) {
    for (const state of ["off", "live", "recovering", "failed_over"]) assert.ok(text[`engine.${state}`], state);
    for (const about of ["engineRecovering", "engineLive", "engineFailedOver"]) assert.match(text[`notice.${about}`]({ engine: "G" }), /G/);
  }
});
