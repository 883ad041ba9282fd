"""What `cmd.export` hands out: the text of all finals so far, in memory, and only where it has a place to go."""

from __future__ import annotations

from alie.errors import Capacity, RetentionOff

MAX_CHARACTERS = 1_000_000
"""More than anyone can say in the four hours that a session may last."""
MAX_EXPORTS = 5


class Exports:
    """The text of one session, and how often it was exported."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._characters = 0
        self._count = 0
        self._is_under_way = False

    def add(self, text: str) -> None:
        """Keeps the text of a final; beyond the bound nothing is kept any more, since half a text is none."""
        self._characters += len(text) + 1
        if self._characters <= MAX_CHARACTERS:
            self._texts.append(text)
        else:
            self._texts.clear()

    def begin(self) -> str:
        """The text to be exported now, one final a line.

        Raises:
            RetentionOff: there is none, or too much of it.
            Capacity: one export is under way already, or there were too many.
        """
        if self._is_under_way:
            raise Capacity("An export is under way already")
        if self._count >= MAX_EXPORTS:
            raise Capacity(f"This session was exported {MAX_EXPORTS} times already")
        if not self._texts:
            raise RetentionOff(
                "Nothing was exported: the text is too long"
                if self._characters
                else "Nothing was exported: there is no text yet"
            )
        self._count += 1
        self._is_under_way = True
        return "\n".join(self._texts)

    def end(self) -> None:
        """The export is done, or has failed."""
        self._is_under_way = False
