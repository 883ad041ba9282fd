"""Whether a series of samples grows, in spite of its noise. Pure.

Theil and Sen: the median of the slopes between every two samples; a few wild ones move it little. Its confidence
interval is Sen's, from the normal approximation of Kendall's statistic (Sen 1968, J. Am. Stat. Assoc. 63, 1379). It
takes samples for independent: those of memory are not quite, so that the interval is somewhat too narrow.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

HOUR_S = 3600.0
_Z = 1.96  # of a normal distribution, for 95 %
# Every two of more samples would be too many pairs: so many, evenly taken, say as much.
_MOST_SAMPLES = 800


@dataclass(frozen=True, slots=True)
class Slope:
    """Growth per hour, in the unit of the samples.

    Attributes:
        per_hour: the median slope.
        low: with 95 % confidence it is not less.
        high: nor more.
    """

    per_hour: float
    low: float
    high: float


def slope_of(samples: Sequence[tuple[float, float]]) -> Slope:
    """Of samples as (seconds, value), at least three, at different instants.

    Raises:
        ValueError: fewer.
    """
    step = max(1, math.ceil(len(samples) / _MOST_SAMPLES))
    taken = list(samples)[::step]
    if len(taken) < 3:
        raise ValueError("three samples at least make a slope")
    slopes = sorted(
        (later[1] - earlier[1]) / (later[0] - earlier[0]) * HOUR_S
        for place, earlier in enumerate(taken)
        for later in taken[place + 1 :]
    )
    reach = _Z * math.sqrt(_variance([value for _, value in taken]))
    low = math.floor((len(slopes) - reach) / 2)
    high = math.ceil((len(slopes) + reach) / 2)
    return Slope(statistics.median(slopes), slopes[max(0, low)], slopes[min(len(slopes) - 1, high)])


def _variance(values: Sequence[float]) -> float:
    """Of Kendall's statistic; equal values make it smaller (Kendall 1970)."""
    count = len(values)
    ties = [values.count(value) for value in set(values)]
    return (count * (count - 1) * (2 * count + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18


@dataclass(frozen=True, slots=True)
class Bound:
    """How much something may grow.

    Attributes:
        name: of the figure.
        unit: for people.
        per_hour: at most so much.
        once: and so much besides, however long it takes: garbage waits for its collection, pools fill up.
    """

    name: str
    unit: str
    per_hour: float
    once: float = 0.0

    def most(self, seconds: float) -> float:
        """Growth per hour that a run of so many seconds may show."""
        return self.per_hour + self.once / seconds * HOUR_S


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one figure.

    Attributes:
        first: median of the first tenth of the samples.
        last: of the last tenth.
        word: "flat": it surely grows no faster than it may; "grows": it surely does; "unclear": the run was too short.
    """

    bound: Bound
    slope: Slope
    first: float
    last: float
    word: str


def judge(bound: Bound, samples: Sequence[tuple[float, float]]) -> Verdict:
    """Holds a slope to its bound."""
    slope = slope_of(samples)
    tenth = max(1, len(samples) // 10)
    values = [value for _, value in samples]
    most = bound.most(samples[-1][0] - samples[0][0])
    word = "flat" if slope.high <= most else "grows" if slope.low > most else "unclear"
    return Verdict(bound, slope, statistics.median(values[:tenth]), statistics.median(values[-tenth:]), word)
