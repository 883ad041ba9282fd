// Sends PCM16 from standard input to Amazon Transcribe (or what stands for it) with the vendor's client for
// JavaScript, and prints what comes back, a JSON value a line: {"session"}, {"text", "isPartial"}, {"error", "message",
// "status"}, {"ended"}.
//
//   node transcribe.cjs ENDPOINT FRAME_BYTES '{"LanguageCode": "fr-CA", ...}' < audio
//
// Credentials come from the environment, as ever.
const { StartStreamTranscriptionCommand, TranscribeStreamingClient } = require("@aws-sdk/client-transcribe-streaming");

const [endpoint, frameBytes, parameters] = process.argv.slice(2);

function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function* frames() {
  let audio = Buffer.alloc(0);
  for await (const piece of process.stdin) {
    audio = Buffer.concat([audio, piece]);
    while (audio.length >= Number(frameBytes)) {
      yield { AudioEvent: { AudioChunk: audio.subarray(0, Number(frameBytes)) } };
      audio = audio.subarray(Number(frameBytes));
    }
  }
  if (audio.length > 0) yield { AudioEvent: { AudioChunk: audio } };
}

async function main() {
  const client = new TranscribeStreamingClient({ endpoint, region: "ca-central-1", maxAttempts: 1 });
  const request = { ...JSON.parse(parameters), AudioStream: frames() };
  try {
    const answer = await client.send(new StartStreamTranscriptionCommand(request));
    say({ session: answer.SessionId, request: answer.RequestId, language: answer.LanguageCode });
    for await (const event of answer.TranscriptResultStream) {
      for (const result of event.TranscriptEvent?.Transcript?.Results ?? []) {
        say({ text: result.Alternatives[0].Transcript, isPartial: result.IsPartial });
      }
    }
    say({ ended: true });
  } catch (error) {
    say({ error: error.name, message: error.message, status: error.$metadata?.httpStatusCode });
  }
  client.destroy();
  process.stdin.destroy();
}

main();
