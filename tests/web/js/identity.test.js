import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Identity, readConfig } from "../../../alie/web/page/identity.js";

const SUPABASE = { signIn: "supabase", wsRequireAuth: true, supabaseUrl: "https://a.supabase.co/", supabaseAnonKey: "anon" };

/** An identity at a sign-in service that answers as the test says. */
function identityAt(...answers) {
  const asked = [];
  const identity = new Identity(async (url, request) => {
    asked.push({ url, ...request, body: JSON.parse(request.body) });
    const answer = answers.shift();
    if (!answer) throw new TypeError("no network");
    return new Response(JSON.stringify(answer.body), { status: answer.status ?? 200 });
  });
  identity.configure(SUPABASE);
  return { identity, asked };
}

const granted = (token) => ({ body: { access_token: token, refresh_token: `${token}-next`, expires_in: 3600 } });

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: 1_700_000_000_000 });
});

test("e-mail and password go to Supabase's own address, and the token is what comes back", async () => {
  const { identity, asked } = identityAt(granted("t1"));
  assert.ok(identity.isOwed);
  await identity.signIn("a@b.ca", "pw");
  assert.equal(asked[0].url, "https://a.supabase.co/auth/v1/token?grant_type=password");
  assert.deepEqual(asked[0].body, { email: "a@b.ca", password: "pw" });
  assert.deepEqual([asked[0].headers.apikey, asked[0].credentials], ["anon", "omit"]);
  assert.equal(await identity.token(), "t1");
  assert.ok(identity.isSignedIn && !identity.isOwed);
});

test("a token near its end is renewed before it is given", async () => {
  const { identity, asked } = identityAt(granted("t1"), granted("t2"));
  await identity.signIn("a@b.ca", "pw");
  mock.timers.tick(3_400_000);
  assert.equal(await identity.token(), "t1");
  mock.timers.tick(60_000);
  assert.equal(await identity.token(), "t2");
  assert.deepEqual(asked[1].body, { refresh_token: "t1-next" });
  assert.match(asked[1].url, /grant_type=refresh_token$/);
});

test("a wrong password is refused, a silent service is said to be silent", async () => {
  const refused = identityAt({ status: 400, body: { error: "invalid_grant" } });
  await assert.rejects(refused.identity.signIn("a@b.ca", "pw"), { code: "SIGN_IN_REFUSED" });
  assert.ok(!refused.identity.isSignedIn);
  await assert.rejects(identityAt({ status: 503, body: {} }).identity.signIn("a@b.ca", "pw"), { code: "SIGN_IN_UNREACHABLE" });
  await assert.rejects(identityAt().identity.signIn("a@b.ca", "pw"), { code: "SIGN_IN_UNREACHABLE" });
});

test("whoever signs out while a token is renewed stays signed out", async () => {
  const { identity } = identityAt(granted("t1"), granted("t2"));
  await identity.signIn("a@b.ca", "pw");
  mock.timers.tick(3_500_000);
  const renewed = identity.token();
  identity.signOut();
  assert.equal(await renewed, null);
  assert.ok(!identity.isSignedIn);
  assert.equal(await identity.token(), null);
});

test("an access key is held until the user signs out, and asks nobody", async () => {
  const { identity, asked } = identityAt();
  identity.configure({ signIn: "key", wsRequireAuth: true });
  identity.useKey("  alie_a_b ");
  assert.equal(await identity.token(), "alie_a_b");
  identity.signOut();
  assert.equal(await identity.token(), null);
  assert.equal(asked.length, 0);
});

test("where no proof is owed, nobody is asked", () => {
  const { identity } = identityAt();
  for (const config of [{}, { signIn: null, wsRequireAuth: true }, { signIn: "supabase", wsRequireAuth: false }]) {
    identity.configure(config);
    assert.ok(!identity.isOwed);
  }
});

test("a server that says nothing of itself is tried all the same", async () => {
  assert.deepEqual(await readConfig(async () => new Response("no", { status: 503 })), {});
  assert.deepEqual(await readConfig(async () => { throw new TypeError("no network"); }), {});
  assert.deepEqual(await readConfig(async () => new Response('{"signIn":"key"}')), { signIn: "key" });
});
