/** The event-stream encoding (vnd.amazon.eventstream), as much of it as the service needs. No checksum is verified. */

import { crc32 } from "node:zlib";

const STRING = 7;
// Two lengths and their checksum before the headers, one checksum behind the payload.
const PRELUDE = 12;
const OVERHEAD = 16;

/** One header block, of texts by name. */
export function encodeHeaders(headers) {
  const parts = Object.entries(headers).flatMap(([name, value]) => {
    const size = Buffer.byteLength(value);
    return [[name.length], name, [STRING, size >> 8, size & 255], value];
  });
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** One message, of a header block and the text of its payload. */
export function encode(headers, payload) {
  const size = OVERHEAD + headers.length + Buffer.byteLength(payload);
  const message = Buffer.allocUnsafe(size);
  message.writeUInt32BE(size, 0);
  message.writeUInt32BE(headers.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  headers.copy(message, PRELUDE);
  message.write(payload, PRELUDE + headers.length);
  message.writeUInt32BE(crc32(message.subarray(0, size - 4)), size - 4);
  return message;
}

/** How many bytes of payload a whole message has. */
export const payloadSize = (message) => message.length - OVERHEAD - message.readUInt32BE(4);

/** The payload of a whole message. */
export const payloadOf = (message) => message.subarray(PRELUDE + message.readUInt32BE(4), message.length - 4);

/** Cuts a stream of bytes at lengths that `measure` reads: 0 until it knows the length of what comes next. */
export class Cutter {
  #parts = [];
  #size = 0;
  #wanted = 0;

  constructor(measure) {
    this.measure = measure;
  }

  /** Takes bytes as they came; yields every piece that is now whole. */
  *take(bytes) {
    this.#parts.push(bytes);
    this.#size += bytes.length;
    // Most pieces come in parts: they are put together once, when the last part is there.
    if (this.#wanted && this.#size < this.#wanted) return;
    let rest = this.#parts.length > 1 ? Buffer.concat(this.#parts) : bytes;
    while ((this.#wanted = this.measure(rest)) && rest.length >= this.#wanted) {
      yield rest.subarray(0, this.#wanted);
      rest = rest.subarray(this.#wanted);
    }
    this.#parts = rest.length ? [rest] : [];
    this.#size = rest.length;
  }
}

/** Cuts messages out of a stream. */
export const messageCutter = () => new Cutter((bytes) => (bytes.length < 4 ? 0 : bytes.readUInt32BE(0)));
