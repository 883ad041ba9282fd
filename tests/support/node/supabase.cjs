// Performs calls of the vendor's client for Supabase, and prints what each of them gives, a JSON value a line:
// {"data", "error", "count", "status"}.
//
//   node supabase.cjs URL API_KEY < calls
//
// Standard input is JSON: {"token": a user's access token or null, "calls": [call, ...]}. A call is a chain of methods,
// each a list of its name and its arguments: [["from", "notes"], ["select", "*"], ["eq", "id", 1], ["single"]].
const { createClient } = require("@supabase/supabase-js");

const [url, apiKey] = process.argv.slice(2);

async function input() {
  const pieces = [];
  for await (const piece of process.stdin) pieces.push(piece);
  return JSON.parse(Buffer.concat(pieces).toString("utf8"));
}

async function main() {
  const { token, calls } = await input();
  // Without this the client for sockets wants a WebSocket, which only newer versions of Node have.
  const options = { auth: { persistSession: false, autoRefreshToken: false }, realtime: { transport: class {} } };
  if (token !== null) options.accessToken = async () => token;
  const client = createClient(url, apiKey, options);
  for (const chain of calls) {
    const { data, error, count, status } = await chain.reduce((on, [name, ...rest]) => on[name](...rest), client);
    process.stdout.write(`${JSON.stringify({ data, error, count, status })}\n`);
  }
}

main().then(() => process.exit(0));
