"""When a source must pause, and when it goes on."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.watermark import Watermark


class WatermarkTests(SynchronousTestCase):
    """A level is told when it crosses a mark, and only then."""

    def test_once_each_way(self) -> None:
        mark = Watermark(high=30.0, low=25.0)
        levels = [0.0, 29.9, 30.0, 31.0, 26.0, 25.0, 0.0, 30.0]
        self.assertEqual([mark.update(level) for level in levels], [None, None, True, None, None, False, None, True])
