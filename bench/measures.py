"""What a run is summed up to. Pure: what speakers heard in, numbers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from alie.server_messages import Trouble
from bench import scoring
from bench.takes import Take


class Spoken(Protocol):
    """What is known of a speaker when it has ended: see `bench.speaker.Speaker`."""

    take: Take
    results: list[scoring.Heard]

    @property
    def trouble(self) -> Trouble | None:
        """Why it did not come to its end."""

    @property
    def lost_s(self) -> float:
        """Seconds of audio lost."""


@dataclass(frozen=True, slots=True)
class LanguageMeasure:
    """One language of one run; all delays in seconds, None where nothing was measured.

    Attributes:
        error_rate: words wrong, missing or invented, per word spoken.
        partial_p50_s: from a sentence's start to the first partial of its utterance.
        final_p50_s: from a sentence's end to the final that covers it.
        sentences: how many were spoken.
        missed: how many of them no final covers.
    """

    language: str
    error_rate: float
    partial_p50_s: float | None
    partial_p95_s: float | None
    final_p50_s: float | None
    final_p95_s: float | None
    sentences: int
    missed: int


@dataclass(frozen=True, slots=True)
class RunMeasure:
    """One run with so many sessions at once.

    Attributes:
        cpu_s: of the daemon, per second of audio.
        sessions_per_core: how many real-time sessions one core could carry, by CPU time alone.
        late_p99_s: the bound below which 99 % of its reactor's delays were; None if it does not tell.
        lost_s: seconds of audio that no engine heard.
        others_cores: how many cores were busy, on average, with neither the daemon nor the bench: if this is much
            above zero, the delays are those of a machine that had other things to do.
        failures: codes of the sessions that did not come to their end.
        extra: what became of one session more than seats were planned for; None if there was none.
    """

    sessions: int
    languages: tuple[LanguageMeasure, ...]
    audio_s: float
    cpu_s: float
    sessions_per_core: float
    late_p99_s: float | None
    peak_mb: float
    lost_s: float
    others_cores: float
    failures: tuple[str, ...]
    extra: str | None = None


def measure_language(language: str, speakers: Sequence[Spoken]) -> LanguageMeasure:
    """Sums up the speakers of one language."""
    waits = [scoring.delays(speaker.take.timeline, speaker.results) for speaker in speakers]
    partial_s = [value for wait in waits for value in wait.first_partial_s]
    final_s = [value for wait in waits for value in wait.final_s]
    return LanguageMeasure(
        language=language,
        error_rate=scoring.word_error_rate(
            " ".join(speaker.take.text for speaker in speakers),
            " ".join(scoring.transcript(speaker.results) for speaker in speakers),
            language,
        ),
        partial_p50_s=_percentile(partial_s, 0.5),
        partial_p95_s=_percentile(partial_s, 0.95),
        final_p50_s=_percentile(final_s, 0.5),
        final_p95_s=_percentile(final_s, 0.95),
        sentences=sum(len(speaker.take.timeline) for speaker in speakers),
        missed=sum(wait.missed for wait in waits),
    )


def measure_languages(speakers: Sequence[Spoken]) -> tuple[LanguageMeasure, ...]:
    """Sums up every language, in the order of their names. Speakers that failed count with what they heard."""
    names = sorted({speaker.take.language for speaker in speakers})
    return tuple(measure_language(name, [one for one in speakers if one.take.language == name]) for name in names)


def describe_extra(speaker: Spoken) -> str:
    """What became of the session that came when all planned seats were taken."""
    if speaker.trouble is not None:
        return f"refused: {speaker.trouble.code}" if not speaker.results else f"broken off: {speaker.trouble.code}"
    measure = measure_language(speaker.take.language, [speaker])
    return f"served: WER {measure.error_rate:.1%}, final p95 {seconds(measure.final_p95_s)} s"


def seconds(value: float | None) -> str:
    """A delay to read."""
    return "-" if value is None else f"{value:.2f}"


def share_below(before: Mapping[float, float], after: Mapping[float, float], share: float) -> float | None:
    """The bound of a Prometheus histogram below which `share` (0..1) of what came between two looks lies.

    Returns:
        A bound, in the histogram's unit (infinite when beyond the last); None if nothing came.
    """
    counts = {bound: count - before.get(bound, 0.0) for bound, count in sorted(after.items())}
    total = max(counts.values(), default=0.0)
    if not total:
        return None
    return next(bound for bound, count in counts.items() if count >= share * total)


def _percentile(values: Sequence[float], share: float) -> float | None:
    return scoring.percentile(values, share) if values else None
