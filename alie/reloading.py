"""What is taken up again while the daemon runs: each part says how, and one signal asks them all."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger


class ReloadError(Exception):
    """A part cannot be reloaded and stays as it was; the text is a sentence for the operator, without secrets."""


class Reloads:
    """A registry of what can be reloaded. Everything happens on the reactor thread."""

    _log = Logger()

    def __init__(self) -> None:
        self._parts: list[tuple[str, Callable[[], object]]] = []

    def add(self, name: str, reload: Callable[[], object]) -> None:
        """Adds a part; parts are asked in the order in which they came.

        Args:
            name: what it is, for the log ("allowed origins").
            reload: reads it again and puts it in force, in a few milliseconds. Whatever it raises leaves the part as it
                was; of a `ReloadError` the log has the text, of anything else the type only.
        """
        self._parts.append((name, reload))

    def reload(self) -> list[str]:
        """Asks every part, whatever the others do, and logs what came of it.

        Returns:
            The names of those that failed.
        """
        failed = [name for name, reload in self._parts if not self._is_reloaded(name, reload)]
        done = [name for name, _ in self._parts if name not in failed]
        self._log.info("Reloaded: {done}", event="reload.done", done=", ".join(done) or "nothing")
        return failed

    def _is_reloaded(self, name: str, reload: Callable[[], object]) -> bool:
        try:
            reload()
        except ReloadError as error:
            self._log.error(
                "Not reloaded, {part} stays as it was: {sentence}",
                event="reload.failed",
                part=name,
                sentence=str(error),
            )
            return False
        except Exception as error:
            kind = type(error).__name__
            self._log.error("Not reloaded, {part} stays as it was: {kind}", event="reload.failed", part=name, kind=kind)
            return False
        return True
