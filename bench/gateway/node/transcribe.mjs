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

const BYTES_PER_S = 32000;
// About 4 s: fifteen partials of 256 ms, then a final.
const EVENTS_PER_SEGMENT = 16;
const WORDS = "le patient se plaint de douleurs à la poitrine depuis trois jours".split(" ");
const TRANSCRIPT_EVENT = encodeHeaders({
  ":message-type": "event",
  ":event-type": "TranscriptEvent",
  ":content-type": "application/json",
});
const EVENT_STREAM = "application/vnd.amazon.eventstream";
const ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const [PONG, CLOSE] = [0x8a, 0x88];

/** What one stream hears. */
class Hearing {
  #received = 0;
  #events = 0;
  #startTime = 0;
  #resultId = randomUUID();

  /** The answer to one AudioEvent of so many bytes: its EndTime is the end of all audio received. */
  hear(size) {
    this.#received += size;
    const endTime = this.#received / BYTES_PER_S;
    const heard = ++this.#events % EVENTS_PER_SEGMENT || EVENTS_PER_SEGMENT;
    const isFinal = heard === EVENTS_PER_SEGMENT;
    const payload = JSON.stringify({ Transcript: { Results: [this.#result(endTime, heard, isFinal)] } });
    if (isFinal) [this.#startTime, this.#resultId] = [endTime, randomUUID()];
    return encode(TRANSCRIPT_EVENT, payload);
  }

  #result(endTime, heard, isFinal) {
    const words = WORDS.slice(0, Math.ceil((heard * WORDS.length) / EVENTS_PER_SEGMENT));
    const step = (endTime - this.#startTime) / words.length;
    const Items = words.map((Content, index) => ({
      Confidence: isFinal ? 0.9971 : undefined,
      Content,
      EndTime: this.#startTime + (index + 1) * step,
      Stable: isFinal || index < words.length - 2,
      StartTime: this.#startTime + index * step,
      Type: "pronunciation",
      VocabularyFilterMatch: false,
    }));
    return {
      Alternatives: [{ Items, Transcript: words.join(" ") }],
      EndTime: endTime,
      IsPartial: !isFinal,
      ResultId: this.#resultId,
      StartTime: this.#startTime,
    };
  }
}

/** HTTP/2: every message carries a signed one; one with nothing in it ends the audio. */
function serveStream(stream, headers) {
  const hearing = new Hearing();
  const cutter = messageCutter();
  stream.on("error", () => {});
  stream.respond({ ":status": 200, "content-type": EVENT_STREAM, ...echoed(headers) });
  stream.on("data", (bytes) => {
    for (const signed of cutter.take(bytes)) {
      const size = payloadSize(signed) && payloadSize(payloadOf(signed));
      if (size) stream.write(hearing.hear(size));
    }
  });
  stream.on("end", () => stream.end());
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
        if (size) socket.write(frame(0x82, hearing.hear(size)));
        else close();
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
