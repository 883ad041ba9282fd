"""The progress bar."""

import io

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.progress import Progress, bar


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class BarTests(SynchronousTestCase):
    """The line by values."""

    def test_half_way(self) -> None:
        self.assertEqual(bar("a.mp3", 60, 120), "a.mp3 [############------------]  50% 01:00 of 02:00")

    def test_never_beyond_the_end(self) -> None:
        self.assertEqual(bar("a", 61.5, 60), "a [########################] 100% 01:00 of 01:00")

    def test_without_a_known_length(self) -> None:
        self.assertEqual(bar("a", 61.5, None), "a 01:01")


class ProgressTests(SynchronousTestCase):
    """On terminals only, and not too often."""

    def test_nothing_where_nobody_watches(self) -> None:
        stream = io.StringIO()
        progress = Progress(stream, "a", 10)
        progress.show(5, 0)
        progress.wipe()
        self.assertEqual(stream.getvalue(), "")

    def test_drawn_seldom_and_wiped_away(self) -> None:
        stream = _Terminal()
        progress = Progress(stream, "a", 10)
        for now in (0.0, 0.05, 0.1, 0.3):
            progress.show(5, now)
        progress.wipe()
        self.assertEqual(stream.getvalue().count("50%"), 2)
        self.assertTrue(stream.getvalue().endswith("\r\x1b[K"))
