import assert from "node:assert/strict";
import { test } from "node:test";

import { newClient } from "./fake-session.js";
import { FakeSocket } from "./fake-socket.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function started(getToken) {
  FakeSocket.last = undefined;
  const made = newClient({ getToken });
  const ready = made.client.start();
  ready.catch(() => {});
  await turn();
  return { ...made, ready, socket: FakeSocket.last };
}

test("the proof is asked for before connecting, and shown in the first message", async () => {
  const { socket } = await started(async () => "a.b.c");
  socket.getReady();
  assert.equal(socket.messages[0].type, "start_transcription");
  assert.equal(socket.messages[0].token, "a.b.c");
});

test("who has nothing to show, shows nothing", async () => {
  const { socket } = await started(() => null);
  socket.getReady();
  assert.ok(!("token" in socket.messages[0]));
});

test("a proof that cannot be had ends the session before it begins, and is not told", async () => {
  const { client, seen, ready, socket } = await started(async () => {
    throw new Error("secret");
  });
  assert.equal(socket, undefined);
  assert.equal(client.state, "closed");
  const [{ error }] = seen("close");
  assert.equal(error.code, "TOKEN_FAILED");
  assert.doesNotMatch(error.message, /secret/);
  await assert.rejects(ready, { code: "TOKEN_FAILED" });
});

test("a session given up while the proof is awaited opens no socket", async () => {
  let give;
  const { client } = await started(() => new Promise((resolve) => (give = resolve)));
  client.abort();
  give("a.b.c");
  await turn();
  assert.equal(FakeSocket.last, undefined);
});

test("a new proof is shown when the old one expires soon", async () => {
  let asked = 0;
  const { socket } = await started(() => `token-${++asked}`);
  socket.getReady();
  socket.say("auth_expiring", { expiresInSeconds: 120 });
  await turn();
  assert.deepEqual(socket.messages.at(-1), { type: "authenticate", token: "token-2" });
  socket.say("authenticated", { expiresAt: "2026-01-01T00:00:00Z" });
});

test("a proof that cannot be renewed is told once, the session goes on, and it is tried again", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let asked = 0;
  const { client, seen, socket } = await started(() => {
    if (++asked === 2 || asked === 3) throw new Error("secret");
    return `token-${asked}`;
  });
  socket.getReady();
  socket.say("auth_expiring", { expiresInSeconds: 120 });
  await turn();
  const [{ error }] = seen("error");
  assert.deepEqual([error.code, error.fatal, client.state], ["TOKEN_FAILED", false, "live"]);
  for (const expected of [3, 4, 4]) {
    context.mock.timers.tick(20_000);
    await turn();
    assert.equal(asked, expected);
  }
  assert.deepEqual(socket.messages.at(-1), { type: "authenticate", token: "token-4" });
  assert.equal(seen("error").length, 1);
});

test("nobody is asked for a proof that no session needs any more", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let asked = 0;
  const { client, socket } = await started(() => {
    if (++asked > 1) throw new Error("secret");
    return "a.b.c";
  });
  socket.getReady();
  socket.say("auth_expiring", { expiresInSeconds: 120 });
  await turn();
  client.abort();
  context.mock.timers.tick(20_000);
  await turn();
  assert.equal(asked, 2);
});
