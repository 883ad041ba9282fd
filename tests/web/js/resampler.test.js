import assert from "node:assert/strict";
import { test } from "node:test";

import { Resampler, toPcm16 } from "../../../alie/web/page/resampler.js";

const OUTPUT_RATE = 16000;
const RATES = [8000, 11025, 16000, 22050, 44100, 48000, 96000];

function tone(rate, hertz, seconds = 0.5) {
  return Float32Array.from({ length: Math.round(rate * seconds) }, (_, n) => 0.5 * Math.sin((2 * Math.PI * hertz * n) / rate));
}

function resample(input, rate, pieceLength = input.length) {
  const resampler = new Resampler(rate, OUTPUT_RATE);
  const output = [];
  for (let at = 0; at < input.length; at += pieceLength) output.push(...resampler.push(input.subarray(at, at + pieceLength)));
  output.push(...resampler.end());
  return Float32Array.from(output);
}

/** The part that the stream's edges do not touch: a tone that begins at once is not a pure tone there. */
function middle(samples) {
  return samples.subarray(samples.length / 4, (samples.length * 3) / 4);
}

function rms(samples) {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

const decibels = (ratio) => 20 * Math.log10(ratio);

for (const rate of RATES) {
  test(`${rate} Hz: a tone of speech keeps its amplitude and its place in time`, () => {
    for (const hertz of [200, 1000, 3000]) {
      const output = resample(tone(rate, hertz), rate);
      const error = middle(output.map((sample, n) => sample - 0.5 * Math.sin((2 * Math.PI * hertz * n) / OUTPUT_RATE)));
      assert.ok(decibels(rms(error) / rms(middle(output))) < -60, `${hertz} Hz: ${decibels(rms(error) / rms(middle(output)))} dB`);
    }
  });

  test(`${rate} Hz: the length is exact, however the sound is cut up`, () => {
    for (const length of [1, 2, 127, 128, 1000, 4099]) {
      const input = tone(rate, 440, 1).subarray(0, length);
      assert.equal(resample(input, rate).length, Math.ceil((length * OUTPUT_RATE) / rate));
    }
  });

  test(`${rate} Hz: the output does not depend on the pieces`, () => {
    const input = tone(rate, 700, 0.2);
    const whole = resample(input, rate);
    for (const pieceLength of [1, 7, 128, 1021]) assert.deepEqual(resample(input, rate, pieceLength), whole);
  });
}

test("what lies above half the output rate is suppressed, not folded back into speech", () => {
  for (const rate of [22050, 44100, 48000, 96000]) {
    for (const hertz of [8100, 9000, 10500, 15000, 21000, 40000]) {
      if (hertz >= rate / 2) continue;
      const left = rms(middle(resample(tone(rate, hertz), rate)));
      assert.ok(decibels(left / (0.5 / Math.SQRT2)) < -70, `${rate} Hz, tone of ${hertz} Hz: ${decibels(left / (0.5 / Math.SQRT2))} dB`);
    }
  }
});

test("the top of the speech band passes", () => {
  for (const rate of [44100, 48000, 96000]) {
    const passed = rms(middle(resample(tone(rate, 7000), rate))) / (0.5 / Math.SQRT2);
    assert.ok(Math.abs(decibels(passed)) < 0.1, `${rate} Hz: ${decibels(passed)} dB`);
  }
});

test("upsampling adds no images above the input's band", () => {
  const output = middle(resample(tone(8000, 3000), 8000));
  // The image of 3000 Hz around 4000 Hz: correlate with 5000 Hz.
  let [re, im] = [0, 0];
  output.forEach((sample, n) => {
    re += sample * Math.cos((2 * Math.PI * 5000 * n) / OUTPUT_RATE);
    im += sample * Math.sin((2 * Math.PI * 5000 * n) / OUTPUT_RATE);
  });
  assert.ok(decibels((2 * Math.hypot(re, im)) / output.length / 0.5) < -70);
});

test("a steady signal keeps its level", () => {
  const output = middle(resample(new Float32Array(8000).fill(0.25), 44100));
  for (const sample of output) assert.ok(Math.abs(sample - 0.25) < 1e-4);
});

test("a rate that is none is refused", () => {
  for (const rate of [0, -1, 44100.5, Number.NaN]) assert.throws(() => new Resampler(rate, OUTPUT_RATE), RangeError);
});

test("samples become 16 bits, and what is too loud is clipped", () => {
  assert.deepEqual([...toPcm16(Float32Array.from([0, 0.5, -0.5, 1, -1, 3, -3]))], [0, 16384, -16384, 32767, -32768, 32767, -32768]);
});
