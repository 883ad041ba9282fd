/**
 * What stands behind a forwarder that understands nothing: it speaks with clients as a gateway does, and sends them as
 * many bytes as the service would send a gateway.
 *
 *   node dictation.cjs [CERTIFICATE KEY]
 *
 * With a certificate it speaks TLS 1.3. It says "listens on localhost:PORT" when it does.
 */
"use strict";

const { readFileSync } = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const { WebSocketServer } = require("ws");

const [cert, key] = process.argv.slice(2).map((path) => readFileSync(path));
const server = cert ? https.createServer({ cert, key, minVersion: "TLSv1.3" }) : http.createServer();

import("./hearing.mjs").then(({ Hearing }) => {
  new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket, request) => {
    const hearing = new Hearing();
    request.socket.setNoDelay(true);
    socket.on("error", () => socket.terminate());
    socket.on("message", (payload, isBinary) => {
      if (!isBinary) return socket.send('{"type":"stream_ready"}');
      const { endTime, json } = hearing.hear(payload.length);
      socket.send(`{"type":"transcription_result","endTime":${endTime},"heard":${json}}`);
    });
    socket.send('{"type":"connection_established"}');
  });
  server.listen(0, "127.0.0.1", () => console.log(`listens on localhost:${server.address().port}`));
});
