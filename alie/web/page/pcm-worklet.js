// @ts-check
/**
 * The audio-thread end of the microphone: device sound in, frames of PCM16 at one rate out.
 *
 * Messages to the page: `{pcm: ArrayBuffer, peak, rms}` for each frame, then `{ended: true}` as the last one.
 * Message from the page: `"end"`, after which the remainder is sent, however short.
 */
import { Resampler, toPcm16 } from "./resampler.js";

class PcmProcessor extends AudioWorkletProcessor {
  #resampler;
  #frame;
  #filled = 0;
  #ended = false;

  /** @param {{processorOptions: {sampleRate: number, frameSamples: number}}} options */
  constructor({ processorOptions }) {
    super();
    this.#resampler = new Resampler(sampleRate, processorOptions.sampleRate);
    this.#frame = new Float32Array(processorOptions.frameSamples);
    this.port.onmessage = ({ data }) => {
      if (data === "end" && !this.#ended) this.#end();
    };
  }

  /**
   * @param {Float32Array[][]} inputs one input of any number of channels; none while the source gives nothing
   * @returns {boolean} whether to be called again
   */
  process([channels]) {
    if (!this.#ended && channels.length > 0) this.#take(this.#resampler.push(mixed(channels)));
    return !this.#ended;
  }

  #end() {
    this.#ended = true;
    this.#take(this.#resampler.end());
    if (this.#filled > 0) this.#post(this.#frame.subarray(0, this.#filled));
    this.port.postMessage({ ended: true });
  }

  /** @param {Float32Array} samples */
  #take(samples) {
    let at = 0;
    while (at < samples.length) {
      const count = Math.min(samples.length - at, this.#frame.length - this.#filled);
      this.#frame.set(samples.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === this.#frame.length) {
        this.#post(this.#frame);
        this.#filled = 0;
      }
    }
  }

  /** @param {Float32Array} samples */
  #post(samples) {
    const pcm = toPcm16(samples).buffer;
    this.port.postMessage({ pcm, ...loudness(samples) }, [pcm]);
  }
}

/**
 * How loud a frame is, whatever constant it is offset by: cheap sound cards have one, and it is no sound.
 *
 * @param {Float32Array} samples
 */
function loudness(samples) {
  let [lowest, highest, sum, energy] = [Infinity, -Infinity, 0, 0];
  for (const sample of samples) {
    lowest = Math.min(lowest, sample);
    highest = Math.max(highest, sample);
    sum += sample;
    energy += sample * sample;
  }
  const mean = sum / samples.length;
  const rms = Math.sqrt(Math.max(0, energy / samples.length - mean * mean));
  return { peak: (highest - lowest) / 2, rms };
}

/**
 * @param {Float32Array[]} channels
 * @returns {Float32Array} their mean
 */
function mixed(channels) {
  if (channels.length === 1) return channels[0];
  return channels[0].map((_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length);
}

registerProcessor("alie-pcm", PcmProcessor);
