"""A service that does what a test tells it, and writes down what the transports tell it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alie.simulator.interface import Hearing, Line

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "a/session+token=="


def _do_nothing(hearing: ScriptedHearing) -> None:
    pass


class ScriptedHearing:
    """See `alie.simulator.interface.Hearing`. Nothing may come after `on_lost`, no audio after `on_end`."""

    def __init__(self, service: ScriptedService, line: Line, parameters: Mapping[str, str]) -> None:
        self._service = service
        self.line = line
        self.parameters = parameters
        self.heard: list[bytes] = []
        self.has_ended = False
        self.is_lost = False

    def on_audio(self, audio: bytes) -> None:
        """Keeps it, and answers as the test says."""
        assert audio
        assert not self.has_ended
        assert not self.is_lost
        self.heard.append(audio)
        self._service.answer(self)

    def on_end(self) -> None:
        """Once."""
        assert not self.has_ended
        assert not self.is_lost
        self.has_ended = True
        self._service.end(self)

    def on_lost(self) -> None:
        """Once."""
        assert not self.is_lost
        self.is_lost = True


class ScriptedService:
    """See `alie.simulator.interface.Service`.

    Attributes:
        on_open: accepts or refuses, and says whether the stream is to be heard; unless set, it is, at once.
        answer: is called with every frame.
        end: is called with the end.
    """

    def __init__(self) -> None:
        self.tokens: dict[str, str | None] = {KEY_ID: None}
        self.hearings: list[ScriptedHearing] = []
        self.lines: list[Line] = []
        self.bad_signatures: list[str] = []
        self.on_open: Callable[[Line], bool] = self._accept
        self.answer: Callable[[ScriptedHearing], None] = _do_nothing
        self.end: Callable[[ScriptedHearing], None] = _do_nothing

    @property
    def hearing(self) -> ScriptedHearing:
        """The newest."""
        return self.hearings[-1]

    def secret_of(self, access_key_id: str) -> tuple[str, str | None] | None:
        """One key is known."""
        return (SECRET, self.tokens[access_key_id]) if access_key_id in self.tokens else None

    def open(self, transport: str, parameters: Mapping[str, str], line: Line) -> Hearing | None:
        """Asks the test, which says whether the stream is to be heard."""
        assert transport == "http2"
        self.lines.append(line)
        if not self.on_open(line):
            return None
        self.hearings.append(ScriptedHearing(self, line, parameters))
        return self.hearing

    def note_bad_signature(self, reason: str) -> None:
        """Written down."""
        assert reason
        self.bad_signatures.append(reason)

    def _accept(self, line: Line) -> bool:
        line.accept()
        return True
