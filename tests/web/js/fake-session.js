import { beforeEach, mock } from "node:test";

import { AlieClient } from "../../../alie/web/page/alie-client.js";
import { FakeSocket } from "./fake-socket.js";

/** A tenth of a second. */
export const FRAME = new Int16Array(1600).fill(7);

const TYPES = [
  ...["state", "partial", "final", "error", "latency", "stalled", "recovered", "engine", "draining"],
  ...["reconnecting", "resumed", "lost", "close"],
];

/** A client on a fake socket, with everything it says. */
export function newClient(options = {}) {
  const client = new AlieClient({ url: "ws://alie.test/ws/transcription", webSocket: FakeSocket, ...options });
  const events = [];
  for (const type of TYPES) client.addEventListener(type, ({ detail }) => events.push([type, detail]));
  return { client, events, seen: (type) => events.filter(([name]) => name === type).map(([, detail]) => detail) };
}

export async function liveClient(options, ready = {}) {
  const made = newClient(options);
  const started = made.client.start();
  await new Promise((resolve) => setImmediate(resolve));
  FakeSocket.last.getReady(ready);
  await started;
  return { ...made, socket: FakeSocket.last };
}

/** A client of a server that lets it come back; its first attempt at that comes 250 ms after a cut. */
export function resumableClient(options) {
  return liveClient({ random: () => 0.5, ...options }, { resumeToken: "first", resumeWindowSeconds: 30, resumePath: "/ws/transcription" });
}

/** Lets time pass while the server answers its pings. */
export function passAnswered(ms, socket) {
  for (let left = ms; left > 0; left -= 1_000) {
    pass(Math.min(1_000, left));
    socket.pong();
  }
}

/** Lets time pass. In steps: the mocked clock shows all timers of one tick the same time, its end. */
export function pass(ms) {
  for (let left = ms; left > 0; left -= 100) mock.timers.tick(Math.min(100, left));
}

beforeEach(() => {
  // Each test begins at the same moment, and time stands still unless it is passed.
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_700_000_000_000 });
});
