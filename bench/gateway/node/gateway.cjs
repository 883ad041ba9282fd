/**
 * The gateway that Alie is compared with: `ws` in front, the vendor's SDK for JavaScript behind, as one would write it
 * today. One stream (and so one HTTP/2 connection) for each client; nothing is logged while it serves.
 *
 *   node gateway.cjs https://localhost:PORT
 *
 * The region and the credentials come from the environment. It says "listens on ws://..." when it does.
 */
"use strict";

const { randomUUID } = require("node:crypto");
const { TranscribeStreamingClient, StartStreamTranscriptionCommand } = require("@aws-sdk/client-transcribe-streaming");
const { WebSocketServer } = require("ws");

const LANGUAGES = new Set(["fr-CA", "en-US"]);
// The SDK opens a connection of its own for every stream, also when the client is shared.
const transcribe = new TranscribeStreamingClient({ endpoint: process.argv[2] });

/** Audio between the socket, which pushes it, and the SDK, which asks for it. */
class AudioQueue {
  #waiting = [];
  #wake = null;
  #ended = false;

  push(frame) {
    this.#waiting.push(frame);
    this.#wake?.();
  }

  end() {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      while (this.#waiting.length) yield { AudioEvent: { AudioChunk: this.#waiting.shift() } };
      if (this.#ended) return;
      await new Promise((resolve) => (this.#wake = resolve));
    }
  }
}

const send = (socket, type, fields) => {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type, ...fields }));
};

/** Sends everything that the service hears in `audio`; `stopped` ends the stream at once. */
async function relay(socket, { languageCode, sampleRate = 16000, mode }, audio, stopped) {
  const command = new StartStreamTranscriptionCommand({
    LanguageCode: languageCode,
    MediaSampleRateHertz: sampleRate,
    MediaEncoding: "pcm",
    EnablePartialResultsStabilization: true,
    PartialResultsStability: "high",
    ShowSpeakerLabel: mode === "ambient",
    AudioStream: audio,
  });
  const { TranscriptResultStream } = await transcribe.send(command, { abortSignal: stopped });
  for await (const { TranscriptEvent } of TranscriptResultStream) {
    for (const result of TranscriptEvent?.Transcript?.Results ?? []) {
      const [best] = result.Alternatives ?? [];
      if (!best?.Transcript) continue;
      send(socket, "transcription_result", {
        resultId: result.ResultId,
        startTime: result.StartTime,
        endTime: result.EndTime,
        text: best.Transcript,
        isFinal: !result.IsPartial,
        speaker: best.Items?.[0]?.Speaker ?? null,
      });
    }
  }
}

function serve(socket) {
  const audio = new AudioQueue();
  const stopping = new AbortController();
  let isStarted = false;
  send(socket, "connection_established", { payload: { sessionId: randomUUID(), timestamp: new Date().toISOString() } });
  socket.on("error", () => socket.terminate());
  socket.on("close", () => stopping.abort());
  socket.on("message", (payload, isBinary) => {
    if (isBinary) return isStarted && audio.push(payload);
    const message = JSON.parse(payload);
    if (message.type === "stop_transcription") return audio.end();
    if (isStarted || message.type !== "start_transcription") return;
    if (!LANGUAGES.has(message.languageCode)) return socket.close(1008, "Invalid languageCode");
    isStarted = true;
    // The SDK's `send` is through only when the service has answered, which it may do only when it hears something.
    send(socket, "stream_ready");
    relay(socket, message, audio, stopping.signal).catch((error) => {
      send(socket, "transcription_error", { error: `${error}` });
    });
  });
}

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false, maxPayload: 65536 });
server.on("connection", serve);
server.on("listening", () => console.log(`listens on ws://127.0.0.1:${server.address().port}/ws`));
