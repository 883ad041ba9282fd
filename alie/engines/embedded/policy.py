"""The numbers that the embedded engine decides by, in one place.

Chosen on spoken French and English with whisper-base; bench/README.md says what they give and how to measure it.
Seconds unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

SAMPLE_RATE_HZ = 16000
"""Rate of the model and of the voice detector; everything else is resampled to it."""

VAD_FRAME_SAMPLES = 512
"""Samples the voice detector judges at once: 32 ms."""

VAD_FRAME_S = VAD_FRAME_SAMPLES / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class Endpoints:
    """When an utterance begins and ends, in seconds and voice probabilities (0..1).

    Attributes:
        begin_probability: a frame at or above it may begin an utterance.
        go_on_probability: within an utterance a frame at or above it is voice; lower than the first, so that
            a voice that trails off is not cut.
        begin_s: voice needed to begin.
        pre_roll_s: audio kept from before the first voiced frame: soft consonants are heard late.
        longest_s: an utterance is cut when it gets this long.
        cut_share: the share of the utterance, from its end, in which the place for a cut is looked for.
    """

    begin_probability: float = 0.5
    go_on_probability: float = 0.35
    begin_s: float = 0.09
    pre_roll_s: float = 0.35
    longest_s: float = 18.0
    cut_share: float = 0.4


@dataclass(frozen=True, slots=True)
class Pacing:
    """When to read what was heard, in seconds.

    Attributes:
        first_partial_s: speech heard before the first partial is read.
        retry_s: new speech before the next try when a reading was not fit to be shown and nothing is shown yet.
        partial_every_s: least new speech between two partials.
        partial_share: the same as a share of the utterance, so that long ones do not cost ever more.
        speculate_s: silence after which the final is read in the hope that the speaker is done.
        patience_s: silence that ends an utterance.
        sentence_patience_s: the same once the final read ahead looks like a whole sentence.
        sure_score: mean log probability of a token from which on it may look like one.
        tail_s: silence kept behind the last voice when a final is read.
        behind_s: backlog from which on partials and speculation are left out, to catch up.
    """

    first_partial_s: float = 0.38
    retry_s: float = 0.2
    partial_every_s: float = 1.0
    partial_share: float = 0.12
    speculate_s: float = 0.12
    patience_s: float = 0.6
    sentence_patience_s: float = 0.4
    sure_score: float = -0.6
    tail_s: float = 0.2
    behind_s: float = 1.5


@dataclass(frozen=True, slots=True)
class Guards:
    """When a reading is not believed.

    The token cap is `cap_base + cap_per_s * seconds`: the model, once it repeats itself, does so with a high
    score, and then only the cap notices.

    Attributes:
        cap_base: tokens allowed for any length.
        partial_cap_base: the same for partials.
        cap_per_s: tokens allowed for each second of audio; quick speakers need under 6.
        compression_ratio: text that packs better than this repeats itself.
        score: mean log probability of a token below which a final is poor.
        partial_score: the same for partials, which may be worse.
        short_voiced_s: voice below which a poor reading is dropped altogether.
        short_score: what "poor" is for it.
        unread_s: a final that stops this long before its audio ends has left something out.
        no_speech: the model's own probability of silence above which a poor reading is dropped.
    """

    cap_base: int = 10
    partial_cap_base: int = 5
    cap_per_s: float = 7.0
    compression_ratio: float = 2.2
    score: float = -0.9
    partial_score: float = -1.6
    short_voiced_s: float = 0.3
    short_score: float = -0.8
    unread_s: float = 1.5
    no_speech: float = 0.6


@dataclass(frozen=True, slots=True)
class Reading:
    """How the model is asked: beams, and seconds of silence behind the speech (with too little it repeats itself).

    Attributes:
        partial_beam: beam size of partials.
        partial_pad_s: silence behind a partial's audio.
        final_beam: beam size of finals.
        final_pad_s: silence behind a final's audio.
    """

    partial_beam: int = 1
    partial_pad_s: float = 1.5
    final_beam: int = 5
    final_pad_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Joints:
    """Where a partial may be taken apart, so that the next one begins there; in seconds.

    Attributes:
        probability: how sure the model must be of a mark of time (0..1), of all marks that it could set there.
        overlap_s: heard again before it, lest the next word be cut.
        least_s: audio before it that is worth sparing.
        rest_s: audio that must follow: at its end the model knows less.
    """

    probability: float = 0.2
    overlap_s: float = 0.1
    least_s: float = 0.5
    rest_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it, and how much audio may wait.

    Attributes:
        ahead_s: audio fed and not yet heard at which the client is not read any more; it is again at five sixths.
    """

    endpoints: Endpoints = Endpoints()
    pacing: Pacing = Pacing()
    guards: Guards = Guards()
    reading: Reading = Reading()
    joints: Joints = Joints()
    ahead_s: float = 30.0
