"""Whether a series grows: told from its samples, noise and all."""

from __future__ import annotations

import random

from twisted.trial.unittest import SynchronousTestCase

from bench.soak.slopes import Bound, judge, slope_of


def noisy(per_hour: float, count: int, noise: float, seed: int = 3) -> list[tuple[float, float]]:
    """Samples every 10 s that grow so, and are off by up to `noise`."""
    chosen = random.Random(seed)
    return [(10.0 * number, 100 + per_hour * number / 360 + chosen.uniform(-noise, noise)) for number in range(count)]


class SlopeTests(SynchronousTestCase):
    """The median slope and its interval."""

    def test_without_noise(self) -> None:
        """Exact."""
        slope = slope_of([(0, 1.0), (1800, 2.0), (3600, 3.0)])
        self.assertAlmostEqual(slope.per_hour, 2.0)

    def test_with_noise(self) -> None:
        """Nineteen of twenty intervals hold the truth, or nearly so; they are narrower the longer one looks."""
        short, long = ([slope_of(noisy(6.0, count, 2.0, seed)) for seed in range(100)] for count in (30, 120))
        for slopes in (short, long):
            self.assertIn(sum(slope.low <= 6.0 <= slope.high for slope in slopes), range(91, 100))
        widths = [sorted(slope.high - slope.low for slope in slopes)[50] for slopes in (short, long)]
        self.assertLess(widths[1], widths[0] / 5)

    def test_a_wild_sample(self) -> None:
        """Moves it little: least squares would see a slope here."""
        samples = [*noisy(0.0, 60, 0.1), (600.0, 5000.0)]
        self.assertLess(abs(slope_of(samples).per_hour), 1.0)

    def test_nothing_changes(self) -> None:
        """As threads should."""
        slope = slope_of([(at_s, 7.0) for at_s in range(20)])
        self.assertEqual((slope.per_hour, slope.low, slope.high), (0.0, 0.0, 0.0))

    def test_two_samples(self) -> None:
        """Make no slope."""
        self.assertRaises(ValueError, slope_of, [(0, 1.0), (1, 2.0)])

    def test_many_samples(self) -> None:
        """Are thinned out evenly, so that it ends soon."""
        slope = slope_of(noisy(6.0, 5000, 2.0))
        self.assertLess(abs(slope.per_hour - 6.0), 0.3)


class JudgeTests(SynchronousTestCase):
    """A slope held to a bound."""

    def word(self, per_hour: float, count: int, noise: float) -> str:
        """The verdict with a bound of 4 an hour."""
        return judge(Bound("rss_mb", "MB", 4.0), noisy(per_hour, count, noise)).word

    def test_words(self) -> None:
        """Sure, sure of the contrary, and too short to tell."""
        self.assertEqual(self.word(0.0, 720, 2.0), "flat")
        self.assertEqual(self.word(20.0, 720, 2.0), "grows")
        self.assertEqual(self.word(4.0, 10, 2.0), "unclear")

    def test_ends(self) -> None:
        """Medians of the first and the last tenth."""
        verdict = judge(Bound("rss_mb", "MB", 4.0), [(at_s, at_s) for at_s in range(100)])
        self.assertEqual((verdict.first, verdict.last), (4.5, 94.5))
