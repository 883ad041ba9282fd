// Signs in at a Supabase project as the pages do, and prints the access token. Standard input is JSON: email, password.
//
//   node sign_in.cjs URL API_KEY < credentials
const { createClient } = require("@supabase/supabase-js");

const [url, apiKey] = process.argv.slice(2);

async function main() {
  const pieces = [];
  for await (const piece of process.stdin) pieces.push(piece);
  const credentials = JSON.parse(Buffer.concat(pieces).toString("utf8"));
  // Without this the client for sockets wants a WebSocket, which only newer versions of Node have.
  const options = { auth: { persistSession: false, autoRefreshToken: false }, realtime: { transport: class {} } };
  const client = createClient(url, apiKey, options);
  const { error } = await client.auth.signInWithPassword(credentials);
  if (error) throw error;
  const { data } = await client.auth.getSession();
  process.stdout.write(data.session.access_token);
}

main().then(() => process.exit(0));
