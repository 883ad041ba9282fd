// @ts-check
/** An audio file as the samples a session takes. The browser's own decoders do the work; nothing leaves the page here. */
import { toPcm16 } from "./resampler.js";

const SAMPLE_RATE = 16000;
/** A file is decoded as a whole; beyond this a phone's browser would be killed without a word. */
const MAX_FILE_BYTES = 300_000_000;

/** Why a file cannot be transcribed: `code` is "FILE_TOO_LARGE" or "FILE_UNREADABLE". */
export class RecordingError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.name = "RecordingError";
    this.code = code;
  }
}

/**
 * @param {Blob} file any audio the browser can play
 * @returns {Promise<Int16Array>} mono, 16000 samples a second
 * @throws {RecordingError}
 */
export async function decodeRecording(file) {
  if (file.size > MAX_FILE_BYTES) throw new RecordingError("FILE_TOO_LARGE");
  // decodeAudioData resamples to the rate of its context, with an anti-aliasing filter, while it decodes.
  const context = new OfflineAudioContext(1, 1, SAMPLE_RATE);
  let buffer;
  try {
    buffer = await context.decodeAudioData(await file.arrayBuffer());
  } catch {
    throw new RecordingError("FILE_UNREADABLE");
  }
  const mono = buffer.getChannelData(0);
  for (let channel = 1; channel < buffer.numberOfChannels; channel += 1) {
    const other = buffer.getChannelData(channel);
    for (let i = 0; i < mono.length; i += 1) mono[i] += other[i];
  }
  if (buffer.numberOfChannels > 1) for (let i = 0; i < mono.length; i += 1) mono[i] /= buffer.numberOfChannels;
  return toPcm16(mono);
}
