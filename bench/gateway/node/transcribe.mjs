/**
 * A service that answers like Amazon Transcribe streaming at as little cost as possible: it verifies nothing, and every
 * AudioEvent is answered with one TranscriptEvent of the right shape. Both routes on one TLS 1.3 port: HTTP/2
 * (POST /stream-transcription) and WebSocket (GET /stream-transcription-websocket).
 *
 *   node transcribe.mjs CERTIFICATE KEY
 *
 * Audio is taken to be PCM16 at 16 kHz: 32000 bytes are one second.
 */

import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";

import { Cutter, encode, encodeHeaders, messageCutter, payloadOf, payloadSize } from "./event-stream.mjs";
import { Hearing } from "./hearing.mjs";

const TRANSCRIPT_EVENT = encodeHeaders({
  ":message-type": "event",
  ":event-type": "TranscriptEvent",
  ":content-type": "application/json",
});
const EVENT_STREAM = "application/vnd.amazon.eventstream";
const ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const [PONG, CLOSE] = [0x8a, 0x88];

/** One TranscriptEvent. */
const answer = (hearing, size) => encode(TRANSCRIPT_EVENT, hearing.hear(size).json);
/** What is left to say when no more audio will come. */
const rest = (hearing) => hearing.finish().map((json) => encode(TRANSCRIPT_EVENT, json));

/** HTTP/2: every message carries a signed one; one with nothing in it ends the audio. */
function serveStream(stream, headers) {
  const hearing = new Hearing();
  const cutter = messageCutter();
  stream.on("error", () => {});
  stream.respond({ ":status": 200, "content-type": EVENT_STREAM, ...echoed(headers) });
  stream.on("data", (bytes) => {
    for (const signed of cutter.take(bytes)) {
      const size = payloadSize(signed) && payloadSize(payloadOf(signed));
      if (size) stream.write(answer(hearing, size));
    }
  });
  stream.on("end", () => {
    for (const event of rest(hearing)) stream.write(event);
    stream.end();
  });
}

/** What the service repeats of the request. */
function echoed(headers) {
  const names = ["language-code", "sample-rate", "media-encoding"].map((name) => `x-amzn-transcribe-${name}`);
  const told = Object.fromEntries(names.map((name) => [name, headers[name]]));
  const sessionId = headers["x-amzn-transcribe-session-id"] ?? randomUUID();
  return { ...told, "x-amzn-request-id": randomUUID(), "x-amzn-transcribe-session-id": sessionId };
}

/** RFC 6455, section 5.2: how long the client's frame is, or 0 while that cannot be known; the mask counts. */
function frameSize(bytes) {
  const { head, size } = frameHead(bytes);
  return bytes.length < head ? 0 : head + size;
}

function frameHead(bytes) {
  const short = bytes.length < 2 ? 0 : bytes[1] & 127;
  const head = (bytes.length < 2 ? 2 : 6) + (short === 126 ? 2 : short === 127 ? 8 : 0);
  if (bytes.length < head || short < 126) return { head, size: short };
  return { head, size: short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)) };
}

/** A frame from the service. */
function frame(first, payload) {
  const { length } = payload;
  const head = length < 126 ? Buffer.from([first, length]) : Buffer.from([first, 126, length >> 8, length & 255]);
  return Buffer.concat([head, payload]);
}

function unmask(bytes, mask) {
  return bytes.map((byte, index) => byte ^ mask[index & 3]);
}

/** WebSocket: every binary frame carries one AudioEvent; one with nothing in it ends the audio. */
function serveSocket(request, socket, first) {
  const hearing = new Hearing();
  const cutter = new Cutter(frameSize);
  const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + ACCEPT).digest("base64");
  const close = () => socket.end(frame(CLOSE, Buffer.from([1000 >> 8, 1000 & 255])));
  socket.on("error", () => socket.destroy());
  // HTTP/2 does so by itself; else results would wait 40 ms for acknowledgements now and then.
  socket.setNoDelay(true);
  const head = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
  socket.write(["HTTP/1.1 101 Switching Protocols", ...head, "", ""].join("\r\n"));
  const receive = (bytes) => {
    for (const whole of cutter.take(bytes)) {
      const { head } = frameHead(whole);
      const payload = whole.subarray(head);
      const mask = whole.subarray(head - 4, head);
      const opcode = whole[0] & 15;
      if (opcode === 9) socket.write(frame(PONG, unmask(payload, mask)));
      else if (opcode === 8) close();
      else if (opcode < 3) {
        // The prelude is all that has to be unmasked: it tells how much audio follows.
        const prelude = unmask(payload.subarray(0, 8), mask);
        const size = payload.length - 16 - prelude.readUInt32BE(4);
        if (size) socket.write(frame(0x82, answer(hearing, size)));
        else {
          for (const event of rest(hearing)) socket.write(frame(0x82, event));
          close();
        }
      }
    }
  };
  receive(first);
  socket.on("data", receive);
}

const [certificate, key] = process.argv.slice(2).map((path) => readFileSync(path));
const server = createSecureServer({ cert: certificate, key, minVersion: "TLSv1.3", allowHTTP1: true });
server.on("stream", serveStream);
server.on("upgrade", serveSocket);
server.on("sessionError", () => {});
server.on("tlsClientError", () => {});
server.listen(0, "127.0.0.1", () => console.log(`listens on https://localhost:${server.address().port}`));
