"""A progress bar for people: on a terminal only, one line that is written over and at last wiped away."""

from __future__ import annotations

from typing import TextIO

BAR_CHARACTERS = 24
REDRAW_S = 0.2


class Progress:
    """Shows how much of a file has been heard.

    Args:
        stream: where to write; nothing is written unless it is a terminal.
        name: of the file.
        duration_s: seconds of sound in it, None where that is not known.
    """

    def __init__(self, stream: TextIO, name: str, duration_s: float | None) -> None:
        self._stream = stream
        self._name = name
        self._duration_s = duration_s
        self._is_shown = stream.isatty()
        self._drawn_at: float | None = None

    def show(self, heard_s: float, now_s: float) -> None:
        """Draws the bar: `heard_s` seconds of sound are done at the time `now_s`. Seldom enough to cost nothing."""
        if self._is_shown and (self._drawn_at is None or now_s - self._drawn_at >= REDRAW_S):
            self._drawn_at = now_s
            self._stream.write(f"\r\x1b[K{bar(self._name, heard_s, self._duration_s)}")
            self._stream.flush()

    def wipe(self) -> None:
        """Clears the line, so that what is written next stands alone."""
        if self._drawn_at is not None:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def bar(name: str, heard_s: float, duration_s: float | None) -> str:
    """The line itself, such as `visit.mp3 [######------]  50 % 01:00 of 02:00`."""
    if not duration_s:
        return f"{name} {_clock(heard_s)}"
    share = min(1.0, max(0.0, heard_s / duration_s))
    filled = round(share * BAR_CHARACTERS)
    drawn = "#" * filled + "-" * (BAR_CHARACTERS - filled)
    return f"{name} [{drawn}] {share:4.0%} {_clock(min(heard_s, duration_s))} of {_clock(duration_s)}"


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(int(max(0.0, time_s)), 60)
    return f"{minutes:02}:{seconds:02}"
