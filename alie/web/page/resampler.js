// @ts-check
/**
 * Resampling of live sound to one rate, sample by sample exact whatever the sizes of the pieces it comes in.
 *
 * A windowed sinc (Kaiser) in polyphase form. It exists because not every browser resamples a microphone to the rate one
 * asks an AudioContext for (Firefox refuses to connect the two), and because taking every third sample, as many pages do,
 * folds everything above 8 kHz back into speech: sibilants become noise, and recognisers stumble.
 *
 * It runs on the audio thread, so it keeps its buffers and allocates only what it returns.
 */

/** Zero crossings of the sinc on each side: 48 give a transition band of about a tenth of the lower Nyquist frequency. */
const ZERO_CROSSINGS = 48;
/** Middle of the transition band, as a fraction of the lower Nyquist frequency: what lies above 1 would alias. */
const CUTOFF = 0.945;
/** Kaiser's beta for 80 dB of stop-band attenuation: below the noise of 14 bits, above that of any microphone. */
const KAISER_BETA = 7.857;
/** Input samples worked on at once, which bounds the buffer. */
const BLOCK_SAMPLES = 1024;

/** Changes the sample rate of one mono stream. */
export class Resampler {
  /** @type {number} */ #up;
  /** @type {number} */ #down;
  /** @type {number} Input samples needed on each side of an output sample. */ #reach;
  /** @type {Float32Array[]} One set of taps for each fraction of an input sample. */ #phases;
  /** @type {Float32Array} */ #held;
  /** @type {number} */ #heldCount;
  /** @type {number} Fraction of the next output sample's place, in units of 1/up input samples. */ #phase = 0;

  /**
   * @param {number} inputRate samples a second, a whole number, 3000 to 768000
   * @param {number} outputRate samples a second, a whole number
   * @throws {RangeError} a rate is not a positive whole number
   */
  constructor(inputRate, outputRate) {
    for (const rate of [inputRate, outputRate]) {
      if (!Number.isInteger(rate) || rate <= 0) throw new RangeError(`Not a sample rate: ${rate}`);
    }
    const divisor = greatestCommonDivisor(inputRate, outputRate);
    this.#up = outputRate / divisor;
    this.#down = inputRate / divisor;
    const lower = Math.min(inputRate, outputRate);
    this.#reach = this.#up === this.#down ? 0 : Math.ceil((ZERO_CROSSINGS * inputRate) / lower);
    this.#phases = this.#reach === 0 ? [] : designPhases(this.#up, this.#reach, (CUTOFF * lower) / inputRate);
    this.#held = new Float32Array(2 * this.#reach + BLOCK_SAMPLES);
    // Silence before the first sample puts the filter's middle on it: the output is not late by half a filter.
    this.#heldCount = Math.max(0, this.#reach - 1);
  }

  /**
   * Takes the next input samples.
   *
   * @param {Float32Array} input any number of samples
   * @returns {Float32Array} the output samples that can be told by now, possibly none
   */
  push(input) {
    if (this.#reach === 0) return input.slice();
    const output = new Float32Array(Math.ceil(((input.length + 1) * this.#up) / this.#down) + 1);
    let made = 0;
    for (let at = 0; at < input.length; at += BLOCK_SAMPLES) {
      const block = input.subarray(at, at + BLOCK_SAMPLES);
      this.#held.set(block, this.#heldCount);
      this.#heldCount += block.length;
      made = this.#drain(output, made);
    }
    return output.subarray(0, made);
  }

  /**
   * Ends the stream; the resampler is of no use afterwards.
   *
   * @returns {Float32Array} the samples still inside, which makes ceil(input * outputRate / inputRate) over all calls
   */
  end() {
    return this.push(new Float32Array(this.#reach));
  }

  /**
   * @param {Float32Array} output
   * @param {number} made samples in it already
   * @returns {number} samples in it now
   */
  #drain(output, made) {
    const taps = 2 * this.#reach;
    let from = 0;
    while (from + taps <= this.#heldCount) {
      const weights = this.#phases[this.#phase];
      let sum = 0;
      for (let tap = 0; tap < taps; tap += 1) sum += this.#held[from + tap] * weights[tap];
      output[made] = sum;
      made += 1;
      this.#phase += this.#down;
      from += Math.floor(this.#phase / this.#up);
      this.#phase %= this.#up;
    }
    this.#held.copyWithin(0, from, this.#heldCount);
    this.#heldCount -= from;
    return made;
  }
}

/**
 * Converts samples to 16 bits. What is louder than full scale is clipped, as a sound card would.
 *
 * @param {Float32Array} samples -1 to 1
 * @returns {Int16Array}
 */
export function toPcm16(samples) {
  const pcm = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i += 1) {
    pcm[i] = Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32768)));
  }
  return pcm;
}

/**
 * @param {number} count number of phases
 * @param {number} reach
 * @param {number} cutoff as a fraction of the input's Nyquist frequency
 * @returns {Float32Array[]}
 */
function designPhases(count, reach, cutoff) {
  return Array.from({ length: count }, (_, phase) => {
    const taps = new Float32Array(2 * reach);
    let sum = 0;
    for (let tap = 0; tap < taps.length; tap += 1) {
      const distance = phase / count + reach - 1 - tap;
      taps[tap] = sinc(cutoff * distance) * kaiser(distance / reach);
      sum += taps[tap];
    }
    // Each phase passes a steady signal unchanged: unequal phases would modulate it.
    return taps.map((weight) => weight / sum);
  });
}

/** @param {number} x */
function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** @param {number} x -1 to 1 */
function kaiser(x) {
  return besselI0(KAISER_BETA * Math.sqrt(Math.max(0, 1 - x * x))) / besselI0(KAISER_BETA);
}

/** @param {number} x the modified Bessel function of order zero, by its power series */
function besselI0(x) {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
