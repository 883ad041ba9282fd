"""What a stream of the SDK has to send, and how often it is asked for it.

Written in the thread of the asyncio loop, read in awscrt's own: both rely on the interpreter's lock, under which
appending to a deque, taking from it and setting a number are each one step.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from io import BufferedIOBase

REST_S = 0.005
"""The shortest rest. A result may come later by as much as a rest, since the same thread reads it."""
REST_FOR_BODY_S = 0.0001
"""With more bodies a round of asking costs more, and is made less often: about a tenth of the time goes into it."""


class Pacer:
    """Lets awscrt's thread rest when no body has anything to send. Called in that thread.

    awscrt asks a body that has nothing again at once, for ever: one silent stream takes a whole core. It asks all
    bodies in turn, so as many empty answers in a row as there are bodies say that nobody has anything to send.

    Args:
        rest: waits for so many seconds, without the interpreter's lock.
    """

    def __init__(self, rest: Callable[[float], None] = time.sleep) -> None:
        self._rest = rest
        self._empty_in_a_row = 0
        self.bodies = 0
        """How many there are; counted in the loop's thread."""

    def on_sent(self) -> None:
        """A body had something."""
        self._empty_in_a_row = 0

    def on_empty(self) -> None:
        """A body had nothing; rests if none had."""
        self._empty_in_a_row += 1
        if self._empty_in_a_row >= self.bodies:
            self._empty_in_a_row = 0
            self._rest(max(REST_S, self.bodies * REST_FOR_BODY_S))


class Body(BufferedIOBase):
    """The body of one request, that grows while it is sent. Takes the place of the SDK's BufferableByteStream.

    Args:
        pacer: shared by all bodies that one awscrt thread reads.
        on_drained: called in awscrt's thread once `sent_bytes` has come to what `watch` was told.
    """

    def __init__(self, pacer: Pacer, on_drained: Callable[[], None]) -> None:
        self._pacer = pacer
        self._on_drained = on_drained
        self._messages: deque[tuple[bytes, int]] = deque()
        self._reading: tuple[memoryview, int] | None = None
        self._watched: int | None = None
        self._is_begun = False
        self._is_ended = False
        self.next_audio_bytes = 0
        """How much audio the next message carries; set before each `write`."""
        self.sent_bytes = 0
        """Audio whose messages awscrt has taken whole."""

    def begin(self) -> None:
        """It will be read from now on, until it ends."""
        self._is_begun = True
        self._pacer.bodies += 1

    def write(self, message: bytes) -> int:  # type: ignore[override]
        """Appends one signed message."""
        self._messages.append((message, self.next_audio_bytes))
        self.next_audio_bytes = 0
        return len(message)

    def end_stream(self) -> None:
        """Nothing more will be written; what is left is still read."""
        self._is_ended = True

    def close(self) -> None:
        """Drops what is left: the connection is being dropped, too. May be called repeatedly."""
        # An end before its signed message would be sent as one, if the connection takes a while to go.
        self._is_ended = self._is_ended and not self._messages
        self._messages.clear()
        if self._is_begun:
            self._is_begun = False
            self._pacer.bodies -= 1

    def watch(self, sent_bytes: int) -> None:
        """Has `on_drained` called, once, when `sent_bytes` is at least so much; at the next reading if it is now."""
        self._watched = sent_bytes

    def readinto1(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        """Fills the buffer with what there is, at most one message; 0 at the end. Called in awscrt's thread.

        None says that there is nothing now: awscrt will ask again.
        """
        self._tell_drained()
        if self._reading is None:
            try:
                message, audio_bytes = self._messages.popleft()
            except IndexError:
                return self._nothing()
            self._reading = memoryview(message), audio_bytes
        self._pacer.on_sent()
        view, audio_bytes = self._reading
        taken = min(len(view), len(buffer))
        buffer[:taken] = view[:taken]
        self._reading = (view[taken:], audio_bytes) if taken < len(view) else None
        if self._reading is None:
            self.sent_bytes += audio_bytes
        return taken

    def _nothing(self) -> int | None:
        # An end that is marked after the deque was found empty is seen at the next asking.
        if self._is_ended and not self._messages:
            return 0
        self._pacer.on_empty()
        return None

    def _tell_drained(self) -> None:
        if self._watched is not None and self.sent_bytes >= self._watched:
            self._watched = None
            self._on_drained()
