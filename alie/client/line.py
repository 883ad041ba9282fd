"""The present socket of a dictation: which session is asked for on it, and what must be said before all else. Pure."""

from __future__ import annotations

from collections import deque
from enum import Enum

from alie.client import requests
from alie.client.renewal import Renewal
from alie.client.requests import StartRequest
from alie.server_messages import Ready, Resumed, Trouble


class _State(Enum):
    DOWN = "there is none, or it was not greeted yet"
    STARTING = "a session was asked for"
    RESUMING = "the session of another socket was asked for"
    LIVE = "audio may be sent"


class Line:
    """Follows one socket after another.

    Args:
        request: for a session.
        renewal: has the token to be shown.

    Attributes:
        session_id: of the session that was begun last, or that the first greeting named.
        path: URL path at which the server wants the next socket, None: the same as before.
        is_resumable: whether the session could be taken over by another socket.
    """

    def __init__(self, request: StartRequest, renewal: Renewal) -> None:
        self._request = request
        self._renewal = renewal
        self._state = _State.DOWN
        self._first: deque[bytes] = deque()
        self._resume_token: str | None = None
        self._ending: Trouble | None = None
        self.session_id: str | None = None
        self.path: str | None = None
        self.is_resumable = False

    def start(self) -> None:
        """Asks for a new session."""
        self._state = _State.STARTING
        self._resume_token = None
        token = self._renewal.token
        self._first.append((self._request if token is None else self._request.shown(token)).encode())

    def come_back(self, last_seq: int) -> None:
        """Asks for the session of the socket before, from the final after `last_seq` on; or for a new one."""
        if self.session_id is None or self._resume_token is None:
            self.start()
            return
        self._state = _State.RESUMING
        self._first.append(requests.resume(self.session_id, self._resume_token, last_seq, self._renewal.token))

    def begin(self, ready: Ready) -> None:
        """The server has begun a session."""
        self._state = _State.LIVE
        self.session_id = ready.session_id or self.session_id
        self.path = ready.resume_path if (ready.resume_path or "").startswith("/") else None
        self._resume_token = ready.resume_token
        self.is_resumable = self._request.wants_resume and ready.resume_token is not None

    def go_on(self, resumed: Resumed) -> None:
        """The server goes on with the session."""
        self._state = _State.LIVE
        self._resume_token = resumed.resume_token

    def renew(self, token: str | None) -> None:
        """Takes a token that was found: it is shown here and now, or on the next socket."""
        if self._state is not _State.LIVE:
            self._renewal.replace(token)
        elif token is not None and self._renewal.offer(token):
            self._first.append(requests.authenticate(token))

    def is_mended(self, trouble: Trouble) -> bool:
        """Takes a trouble; whether there is a way on from it."""
        if self._state is _State.RESUMING and trouble.code == "SESSION_NOT_FOUND" and not trouble.is_fatal:
            self.start()
            return True
        if not trouble.is_fatal or not trouble.is_retryable:
            return False
        self._ending = trouble
        if self._state is _State.LIVE:
            self._resume_token = None  # the session itself is over
        return True

    def next(self) -> bytes | None:
        """A text message that goes before all that waits."""
        return self._first.popleft() if self._first else None

    def hang_up(self) -> Trouble | None:
        """The socket is gone; returns what the server said before, if it was that which ended it."""
        ending, self._ending = self._ending, None
        self._state = _State.DOWN
        self._first.clear()
        self._renewal.detach()
        return ending
