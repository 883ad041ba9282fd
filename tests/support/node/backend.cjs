/**
 * Stands for the Node backend as its nginx, its unit and the guide's checks see it: it greets whoever opens a socket.
 *
 *   HOST=0.0.0.0 PORT=3001 node backend.cjs
 */
"use strict";

const http = require("node:http");
const { WebSocketServer } = require("ws");

const server = http.createServer((request, response) => {
  const isHealth = request.url === "/health";
  response.writeHead(isHealth ? 200 : 404, { "Content-Type": "application/json", "X-Powered-By": "Express" });
  response.end(isHealth ? '{"status":"ok"}' : '{"error":"Not found"}');
});
new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket) => {
  socket.send('{"type":"connection_established","payload":{"sessionId":"dev-session-id"}}');
});
server.listen(Number(process.env.PORT), process.env.HOST);
