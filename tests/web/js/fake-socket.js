/** A WebSocket whose server is the test: `say` plays the server's part, `messages` and `audio` hold the client's. */
export class FakeSocket {
  /** @type {FakeSocket} the one that was opened last */ static last;

  constructor(url) {
    this.url = url;
    this.bufferedAmount = 0;
    this.messages = [];
    this.audio = [];
    this.closedWith = null;
    FakeSocket.last = this;
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

  getReady() {
    this.onopen();
    this.say("connection_established", { payload: { sessionId: "s", protocol: 1 } });
    this.say("stream_ready", { sessionId: "s", engine: "embedded", languageCode: "fr-CA", sampleRate: 16000, speakerLabels: false });
  }

  result(resultId, text, startTime, endTime, isFinal, more = {}) {
    this.say("transcription_result", { resultId, text, startTime, endTime, isFinal, speaker: null, seq: 1, engine: "embedded", ...more });
  }

  complete(more = {}) {
    this.say("transcription_complete", { audioSeconds: 1, finals: 1, lostSeconds: 0, ...more });
  }

  drop(code = 1006, reason = "") {
    this.onclose?.({ code, reason });
  }
}
