"""What one stream has said: samples in, utterances out. Called in worker threads, one job of a stream at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from alie.engines.embedded.endpointing import Endpointer, Span
from alie.engines.embedded.hearing import Hearing, Utterance
from alie.engines.embedded.policy import SAMPLE_RATE_HZ, VAD_FRAME_S, VAD_FRAME_SAMPLES, Endpoints
from alie.engines.embedded.resampling import Resampler, Samples
from alie.engines.embedded.vad import VoiceDetector


class Ear:
    """Resamples, detects voice, and keeps the samples that an utterance needs: at most its length and 0.5 s.

    Args:
        detector_session: from `vad.load_detector`.
        sample_rate_hz: 8000..48000, of the audio to come.
        endpoints: when utterances begin and end.
    """

    def __init__(self, detector_session: Any, sample_rate_hz: int, endpoints: Endpoints) -> None:
        self._resampler = Resampler(sample_rate_hz)
        self._detector = VoiceDetector(detector_session)
        self._endpointer = Endpointer(endpoints)
        # Never written to in place: utterances handed out are views of it.
        self._kept: Samples = np.zeros(0, np.float32)
        self._kept_from = 0
        self._judged = 0

    def hear(self, audio: bytes, patience_s: float, closes: bool = False, ended_at_s: float | None = None) -> Hearing:
        """Takes the next audio.

        Args:
            audio: PCM16 mono at the stream's rate, whole samples.
            patience_s: silence that ends an utterance.
            closes: whether to end the open utterance behind this audio, whatever follows. The part of a frame
                that is left (under 32 ms) is judged with what follows.
            ended_at_s: end of voice at which the open utterance turned out to be over, if the pause there was
                `patience_s` long; None when it did not.
        """
        self._kept = np.concatenate([self._kept, self._resampler.push(audio)])
        ended = [self._utterance(span) for span in self._endpoint(patience_s)]
        if ended_at_s is not None and not ended:
            span = self._endpointer.end_at(round(ended_at_s / VAD_FRAME_S), patience_s)
            ended.extend([self._utterance(span)] if span else [])
        if closes and (last := self._endpointer.close()) is not None:
            ended.append(self._utterance(last))
        span = self._endpointer.open_span
        needed_from = self._endpointer.needed_from
        hearing = Hearing(tuple(ended), self._utterance(span) if span else None, needed_from * VAD_FRAME_S)
        self._forget(needed_from)
        return hearing

    def _endpoint(self, patience_s: float) -> list[Span]:
        begin = self._judged - self._kept_from
        count = (len(self._kept) - begin) // VAD_FRAME_SAMPLES
        samples = self._kept[begin : begin + count * VAD_FRAME_SAMPLES]
        self._judged += len(samples)
        ended = [self._endpointer.push(one, patience_s) for one in self._detector.probabilities(samples)]
        return [span for span in ended if span is not None]

    def _utterance(self, span: Span) -> Utterance:
        first = span.start * VAD_FRAME_SAMPLES - self._kept_from
        last = span.end * VAD_FRAME_SAMPLES - self._kept_from
        return Utterance(
            number=span.number,
            start_s=span.start * VAD_FRAME_S,
            voice_end_s=span.voice_end * VAD_FRAME_S,
            end_s=span.end * VAD_FRAME_S,
            voiced_s=span.voiced * VAD_FRAME_S,
            samples=self._kept[first:last],
        )

    def _forget(self, frame: int) -> None:
        surplus = frame * VAD_FRAME_SAMPLES - self._kept_from
        if surplus > SAMPLE_RATE_HZ // 4:
            self._kept = self._kept[surplus:].copy()
            self._kept_from += surplus
