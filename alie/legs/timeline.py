"""From a leg's clock to the session's: legs begin anywhere in a session, and hear silence that nobody sent. Pure."""

from __future__ import annotations

from bisect import bisect_right


class Timeline:
    """What one leg was given, in order: audio of the session, and silence. Positions in bytes.

    Args:
        begins_at: the session's position at which the leg begins.
    """

    __slots__ = ("_are_audio", "_leg_starts", "_session_starts", "given", "sent")

    def __init__(self, begins_at: int) -> None:
        self.given = 0
        """Bytes given to the leg, silence and all."""
        self.sent = begins_at
        """The session's position up to which the leg has the audio."""
        self._leg_starts = [0]
        self._session_starts = [begins_at]
        self._are_audio = [True]

    @property
    def ends_in_silence(self) -> bool:
        """Whether the last thing the leg was given is silence that nobody sent."""
        return not self._are_audio[-1]

    def add(self, byte_count: int, *, is_silence: bool = False) -> None:
        """Counts what the leg is given."""
        if self._are_audio[-1] == is_silence:
            self._leg_starts.append(self.given)
            self._session_starts.append(self.sent)
            self._are_audio.append(not is_silence)
        self.given += byte_count
        if not is_silence:
            self.sent += byte_count

    def session_position(self, leg_position: int) -> int:
        """Where in the session a leg's position is; silence has no length there."""
        # What was forgotten counts as where the rest begins.
        index = max(0, bisect_right(self._leg_starts, leg_position) - 1)
        start = self._session_starts[index]
        if not self._are_audio[index]:
            return start
        return min(start + max(0, leg_position - self._leg_starts[index]), self.sent)

    def forget(self, leg_position: int) -> None:
        """Nothing before that will be asked for any more."""
        index = bisect_right(self._leg_starts, leg_position) - 1
        if index > 0:
            del self._leg_starts[:index], self._session_starts[:index], self._are_audio[:index]
