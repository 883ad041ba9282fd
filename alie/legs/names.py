"""One name for each segment over all legs of a stream: what one leg leaves open, the next one takes over. Pure."""

from __future__ import annotations

from dataclasses import replace

from alie.transcript import Result


class SegmentNames:
    """Names segments: "1", "2", ... unique over all legs."""

    def __init__(self) -> None:
        self._of_leg: dict[str, str] = {}
        self._shown: dict[str, Result] = {}
        self._orphans: list[str] = []
        self._named = 0

    @property
    def has_open(self) -> bool:
        """Whether the leg has a segment under way."""
        return bool(self._of_leg)

    @property
    def earliest_open_s(self) -> float | None:
        """Where the first of the segments begins that are shown and not final; None: there is none."""
        return min((result.start_s for result in self._shown.values()), default=None)

    def accept(self, result: Result) -> Result:
        """A leg's result under the lasting name of its segment; with its final the segment is over."""
        name = self._of_leg.get(result.segment_id)
        if name is None:
            name = self._orphans.pop(0) if self._orphans else self._new()
        named = Result(  # built, not replaced: see Account.accept
            name,
            result.start_s,
            result.end_s,
            result.text,
            result.is_final,
            result.words,
            result.language_code,
            result.entities,
            result.engine,
        )
        if result.is_final:
            self._of_leg.pop(result.segment_id, None)
            self._shown.pop(name, None)
        else:
            self._of_leg[result.segment_id] = name
            self._shown[name] = named
        return named

    def end_leg(self) -> list[Result]:
        """The leg is gone. Its oldest open segment waits for the next leg; of others the end is given: empty finals,
        since their words come again under that name."""
        left = [*self._orphans, *self._of_leg.values()]
        self._of_leg.clear()
        self._orphans = left[:1]
        return [self._withdraw(name) for name in left[1:]]

    def withdraw(self) -> list[Result]:
        """What was shown turned out to be nothing: empty finals for all that no leg has taken over."""
        left, self._orphans = self._orphans, []
        return [self._withdraw(name) for name in left]

    def _withdraw(self, name: str) -> Result:
        return replace(self._shown.pop(name), text="", is_final=True, words=(), entities=())

    def _new(self) -> str:
        self._named += 1
        return str(self._named)
