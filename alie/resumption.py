"""How a session outlives its socket: the secret that takes it over, how long it waits, and what is told then. Pure."""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Callable

from alie import actions as do
from alie.actions import Action
from alie.replay import Replay

# So often may the answer with a new token be lost, one after the other.
_EARLIER_TOKENS = 16


class Resumption:
    """What a session keeps so that its client may come back on another socket.

    Args:
        new_token: makes a secret that cannot be guessed.
        window_s: how long the session waits for its client, in seconds.
        replay_bytes: of finals that is kept in any case; see `Replay`.

    Attributes:
        token: shows that a client is the one that started the session.
        waits_until: when the session is given up, on its clock; None while it has a socket.
    """

    def __init__(self, new_token: Callable[[], str], window_s: float, replay_bytes: int) -> None:
        self._new_token = new_token
        self.window_s = window_s
        self.token = new_token()
        self._earlier: deque[str] = deque(maxlen=_EARLIER_TOKENS)
        self.replay = Replay(replay_bytes)
        self.waits_until: float | None = None
        self._last_words: list[Action] = []

    @property
    def is_detached(self) -> bool:
        """Whether there is no socket."""
        return self.waits_until is not None

    def is_over(self, now: float) -> bool:
        """Whether nobody came back in time."""
        return self.waits_until is not None and now >= self.waits_until

    def accepts(self, token: str, last_seq: int) -> bool:
        """Whether this is the session's token, and all after result `last_seq` could be sent again.

        Those before count until the client has said something on its new socket: it may not have got the new one.
        """
        matches = [hmac.compare_digest(one.encode(), token.encode()) for one in (self.token, *self._earlier)]
        return any(matches) and self.replay.can_follow(last_seq)

    def detach(self, now: float) -> None:
        """The socket is gone."""
        self.waits_until = now + self.window_s
        self.replay.disconnect()

    def attach(self) -> None:
        """The client is back, and gets a new token."""
        self.waits_until = None
        self.replay.disconnect()
        self._earlier.append(self.token)
        self.token = self._new_token()

    def hear(self) -> None:
        """The client has said something: it has its new token, if it was given one."""
        self._earlier.clear()

    def take_last_words(self) -> list[Action]:
        """How the session has ended, to be told again; empty while it goes on."""
        told, self._last_words = self._last_words, []
        return told

    def pass_on(self, actions: list[Action]) -> list[Action]:
        """Keeps what must be told again to a client that comes back, and leaves out what nobody would hear now."""
        for action in actions:
            if type(action) is do.Send:
                if action.seq:
                    self.replay.note(action)
                elif action.is_last:
                    self._last_words.append(action)
            elif type(action) is do.Close and action.is_last:
                self._last_words.append(action)
        return actions if self.waits_until is None else [one for one in actions if not isinstance(one, _FOR_SOCKETS)]


_FOR_SOCKETS = (do.Send, do.Close, do.PauseReading, do.ResumeReading)
