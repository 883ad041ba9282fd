/** A WebSocket whose server is the test: `say` plays the server's part, `messages` and `audio` hold the client's. */
export class FakeSocket {
  /** @type {FakeSocket} the one that was opened last */ static last;
  /** How many were opened. */ static opened = 0;

  constructor(url) {
    this.url = url;
    this.bufferedAmount = 0;
    this.messages = [];
    this.audio = [];
    this.closedWith = null;
    this.seq = 0;
    FakeSocket.last = this;
    FakeSocket.opened += 1;
  }

  send(data) {
    if (typeof data === "string") this.messages.push(JSON.parse(data));
    else this.audio.push(...data);
  }

  close(code) {
    this.closedWith = code;
  }

  /** The messages of a kind, without the heartbeat's. */
  types() {
    return this.messages.map(({ type }) => type).filter((type) => type !== "ping");
  }

  say(type, fields = {}) {
    this.onmessage?.({ data: JSON.stringify({ type, ...fields }) });
  }

  sayText(data) {
    this.onmessage?.({ data });
  }

  /** Answers the newest ping. */
  pong() {
    this.say("pong", { id: this.messages.filter(({ type }) => type === "ping").at(-1).id });
  }

  greet() {
    this.onopen();
    this.say("connection_established", { payload: { sessionId: "s", protocol: 1 } });
  }

  getReady(more = {}) {
    this.greet();
    this.begin(more);
  }

  begin(more = {}) {
    this.say("stream_ready", { sessionId: "s", engine: "embedded", languageCode: "fr-CA", sampleRate: 16000, speakerLabels: false, ...more });
  }

  ack(receivedBytes, finalBytes) {
    this.say("audio_ack", { receivedBytes, finalBytes, bufferedSeconds: 0 });
  }

  /** Lets the client go on from a byte. */
  resume(receivedBytes, resumeToken = "next") {
    this.greet();
    this.say("stream_resumed", { sessionId: "s", receivedBytes, resumeToken });
  }

  /** Knows nothing of the session, should it be asked for it, and begins a new one. */
  beginAgain(more = {}) {
    this.greet();
    const nothing = { error: "Nothing to resume", code: "SESSION_NOT_FOUND", retryable: false, fatal: false };
    if (this.types().includes("resume_transcription")) this.say("transcription_error", nothing);
    this.seq = 0;
    this.begin({ sessionId: "t", resumeToken: "other", ...more });
  }

  /** An error after which it closes. */
  fail(code, retryable, closeCode) {
    this.say("transcription_error", { error: code, code, retryable, fatal: true });
    this.drop(closeCode);
  }

  result(resultId, text, startTime, endTime, isFinal, more = {}) {
    this.seq += 1;
    this.say("transcription_result", { resultId, text, startTime, endTime, isFinal, speaker: null, seq: this.seq, engine: "embedded", ...more });
  }

  complete(more = {}) {
    this.say("transcription_complete", { audioSeconds: 1, finals: 1, lostSeconds: 0, ...more });
  }

  drop(code = 1006, reason = "") {
    this.onclose?.({ code, reason });
  }
}
