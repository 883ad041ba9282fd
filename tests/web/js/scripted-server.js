/**
 * A server that hears, lets clients resume and forgets, as docs/protocol.md says: one message at a time, when the test says so.
 *
 * Its speech is made of numbers: word n is a run of `WORD` samples of the value n, with silence around it. A word that comes
 * with any other length was cut up, and is told as such; so audio that is missing, sent twice or moved shows in the text.
 */

export const RATE = 16000;
export const WORD = 2000;
export const SILENCE = 400;
/** Words of one segment; its final comes when the next word is under way, or so much silence. */
const SEGMENT_WORDS = 3;
const LONG_SILENCE = 3000;
/** A word that turns out to be nothing. */
export const NOISE = 99;
const ACK_SAMPLES = 0.7 * RATE;

/** @param {number[]} words @returns {Int16Array} spoken */
export function speech(words) {
  const samples = new Int16Array(words.length * (WORD + SILENCE) + SILENCE);
  words.forEach((word, index) => samples.fill(word, SILENCE + index * (WORD + SILENCE), (index + 1) * (WORD + SILENCE)));
  return samples;
}

/** One session: what it has heard, and what it has told. */
class Session {
  /** @type {any} */ socket = null;
  received = 0;
  settled = 0;
  seq = 0;
  segment = 0;
  finals = 0;
  /** Results to be told again. @type {any[]} */ told = [];
  stopped = false;
  /** @type {string | null} */ previous = null;
  #run = { value: 0, from: 0 };
  /** @type {any[]} */ #words = [];
  #ackedAt = 0;

  constructor(id, token) {
    this.id = id;
    this.token = token;
  }

  hear(samples) {
    for (const value of samples) {
      if (value !== this.#run.value) this.#turn(value);
      this.received += 1;
      const silence = this.#run.value === 0 ? this.received - this.#run.from : 0;
      if (this.#words.length > 0 && silence === LONG_SILENCE) this.#finish();
      if (this.#words.length === 0 && this.#run.value === 0) this.settled = this.received;
    }
    if (this.received - this.#ackedAt >= ACK_SAMPLES) this.ack();
  }

  flush() {
    if (this.#words.length > 0) this.#finish();
    this.say("flushed", { seq: this.seq });
    this.ack();
  }

  stop() {
    this.stopped = true;
    if (this.#run.value !== 0) this.#turn(0);
    if (this.#words.length > 0) this.#finish();
    this.complete();
  }

  complete() {
    this.say("transcription_complete", { audioSeconds: this.received / RATE, finals: this.finals, lostSeconds: 0 });
    this.socket?.shut(1000);
  }

  say(type, fields) {
    this.socket?.tell({ type, ...fields });
  }

  ack() {
    this.#ackedAt = this.received;
    this.say("audio_ack", { receivedBytes: this.received * 2, finalBytes: this.settled * 2, bufferedSeconds: 0 });
  }

  #turn(value) {
    const { value: word, from } = this.#run;
    this.#run = { value, from: this.received };
    if (word === 0) {
      if (this.#words.length >= SEGMENT_WORDS) this.#finish();
      return;
    }
    const length = this.received - from;
    const text = length === WORD ? `w${word}` : `w${word}~${length}`;
    this.#words.push({ text, startTime: from / RATE, endTime: this.received / RATE, confidence: null });
    this.#tell(false, this.#words);
  }

  #finish() {
    const words = this.#words.filter(({ text }) => text !== `w${NOISE}`);
    this.#tell(true, words);
    if (words.length > 0) this.finals += 1;
    this.settled = this.#words.at(-1).endTime * RATE;
    this.#words = [];
    this.segment += 1;
    this.ack();
  }

  #tell(isFinal, words) {
    this.seq += 1;
    const [startTime, endTime] = [this.#words[0].startTime, this.#words.at(-1).endTime];
    const text = words.map((word) => word.text).join(" ");
    const resultId = `${this.id}.${this.segment}`;
    const result = { resultId, text, startTime, endTime, isFinal, words: [...words], seq: this.seq, engine: "embedded" };
    this.told = [...this.told.filter((one) => one.isFinal), result];
    this.say("transcription_result", result);
  }
}

export class ScriptedServer {
  /** Messages on their way, oldest first: to be delivered by `step`. @type {(() => void)[]} */ wire = [];
  /** Sockets that are open. @type {Set<any>} */ sockets = new Set();
  /** Every message of a client, whichever socket it came over. @type {any[]} */ heard = [];
  /** Whether connections are refused. */ isAway = false;
  /** @type {Map<string, Session>} */ sessions = new Map();
  urls = [];
  #made = 0;

  constructor() {
    const server = this;
    /** What a client uses for a WebSocket. */
    this.Socket = class {
      bufferedAmount = 0;
      isOpen = true;

      constructor(url) {
        server.urls.push(url);
        server.wire.push(() => server.#open(this));
      }

      send(data) {
        const copy = typeof data === "string" ? data : data.slice();
        server.wire.push(() => this.isOpen && server.#hear(this, copy));
      }

      close() {
        server.#lose(this);
      }

      tell(message) {
        server.wire.push(() => this.isOpen && this.onmessage?.({ data: JSON.stringify(message) }));
      }

      shut(code) {
        server.wire.push(() => {
          if (!this.isOpen) return;
          server.#lose(this);
          this.onclose?.({ code, reason: "" });
        });
      }
    };
  }

  /** Delivers the message that was sent first. @returns {boolean} whether there was one */
  step() {
    const deliver = this.wire.shift();
    deliver?.();
    return deliver !== undefined;
  }

  /** Delivers all there is, and what that brings about. */
  run() {
    while (this.step());
  }

  /** The network is cut: what is on its way is lost. */
  cut(code = 1006) {
    this.wire = [];
    for (const socket of [...this.sockets]) {
      this.#lose(socket);
      socket.onclose?.({ code, reason: "" });
    }
  }

  /** The machine fails, and another takes its place that knows nothing. */
  kill() {
    this.cut();
    this.sessions.clear();
  }

  #open(socket) {
    if (this.isAway) {
      socket.isOpen = false;
      socket.onclose?.({ code: 1006, reason: "" });
      return;
    }
    this.sockets.add(socket);
    socket.onopen?.();
    socket.tell({ type: "connection_established", payload: { sessionId: "greeting", protocol: 1 } });
  }

  #lose(socket) {
    socket.isOpen = false;
    this.sockets.delete(socket);
    for (const session of this.sessions.values()) if (session.socket === socket) session.socket = null;
  }

  #hear(socket, data) {
    const session = [...this.sessions.values()].find((one) => one.socket === socket);
    // A client that says something has got the new token.
    if (session) session.previous = null;
    if (typeof data !== "string") return session?.stopped ? undefined : session?.hear(data);
    const message = JSON.parse(data);
    if (message.type === "ping") return socket.tell({ type: "pong", id: message.id });
    this.heard.push(message);
    if (message.type === "start_transcription") this.#start(socket);
    if (message.type === "resume_transcription") this.#resume(socket, message);
    if (message.type === "flush") session?.flush();
    if (message.type === "stop_transcription" && !session?.stopped) session?.stop();
  }

  #start(socket) {
    this.#made += 1;
    const session = new Session(`s${this.#made}`, `token-${this.#made}`);
    this.sessions.set(session.id, session);
    session.socket = socket;
    const offer = { resumeToken: session.token, resumeWindowSeconds: 30, resumePath: "/ws/transcription" };
    session.say("stream_ready", { sessionId: session.id, engine: "embedded", languageCode: "fr-CA", sampleRate: RATE, speakerLabels: false, ...offer });
  }

  #resume(socket, { sessionId, resumeToken, lastSeq }) {
    const session = this.sessions.get(sessionId);
    if (!session || ![session.token, session.previous].includes(resumeToken)) {
      socket.tell({ type: "transcription_error", error: "Nothing to resume", code: "SESSION_NOT_FOUND", retryable: false, fatal: false });
      return;
    }
    this.#made += 1;
    [session.previous, session.token, session.socket] = [session.token, `token-${this.#made}`, socket];
    for (const result of session.told) if (!result.isFinal || result.seq > lastSeq) session.say("transcription_result", result);
    session.say("stream_resumed", { sessionId, receivedBytes: session.received * 2, resumeToken: session.token });
    if (session.stopped) session.complete();
  }
}
