"""One name on the wire for each segment of speech, one running number over all results, one final for each name."""

from __future__ import annotations

from dataclasses import replace

from alie.transcript import Result


class Segments:
    """Names and counts the results of one session.

    Args:
        session_id: what the names begin with: a page that dictates twice keeps results of both sessions by name.
    """

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._shown: dict[str, tuple[str, Result]] = {}
        self._ended: set[str] = set()
        self._named = 0
        self.seq = 0
        self.finals = 0

    def accept(self, result: Result) -> str | None:
        """Takes a result in and gives its `resultId`; None if it is not to be sent.

        Not sent are results of a segment that has had its final, and nothing said about a segment never shown.
        """
        known = self._shown.get(result.segment_id)
        if result.segment_id in self._ended or (not result.text and (known is None or not result.is_final)):
            return None
        result_id = known[0] if known else self._new_name()
        if result.is_final:
            self._shown.pop(result.segment_id, None)
            self._ended.add(result.segment_id)
            self.finals += bool(result.text)
        else:
            self._shown[result.segment_id] = (result_id, result)
        self.seq += 1
        return result_id

    def open_finals(self) -> list[Result]:
        """The last partial of each open segment, as a final: what was seen stays, though no engine will settle it."""
        return [replace(result, is_final=True) for _, result in self._shown.values()]

    def _new_name(self) -> str:
        self._named += 1
        return f"{self._session_id}.{self._named}"
