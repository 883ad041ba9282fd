"""A dictation as its client sees it: pure state, no socket and no clock.

The adapter gives it every text frame of the server (`receive`) and the end of every socket (`disconnected`), sends what
`next` returns while the socket takes more, and opens another socket where it is told to.
"""

from __future__ import annotations

from enum import IntEnum

from alie.client.endings import trouble_of
from alie.client.hearing import Hearing
from alie.client.line import Line
from alie.client.notices import Back, Cut, Told
from alie.client.patience import Patience
from alie.client.renewal import Renewal
from alie.client.requests import StartRequest
from alie.client.uplink import Outgoing, Uplink, time_of
from alie.server_messages import (
    Ack,
    Authenticated,
    Completed,
    Draining,
    Expiring,
    Flushed,
    Greeting,
    Ready,
    Resumed,
    Segment,
    ServerMessage,
    Trouble,
    read,
)

_RENEWAL_REFUSALS = frozenset({"AUTH_INVALID", "AUTH_EXPIRED", "INTERNAL"})


class Phase(IntEnum):
    """How far the dictation has come, over all its sockets; it only grows."""

    CONNECTING = 0
    GREETED = 1
    STARTING = 2
    READY = 3
    FINISHING = 4
    COMPLETE = 5


class TranscriptionClient:
    """One dictation, from greeting to goodbye, over as many sockets as it takes.

    Attributes:
        request: what `start` asks for.
        phase: how far the dictation has come.
        engine: "amazon" or "embedded", told when the stream is ready.
        language_code: what the stream listens for, as the server says.
        troubles: every error so far that was not mended by coming back, fatal or not, in order.
        completed: the account of the whole, once the server has given it.
        failure: the trouble that ended the dictation before it was complete, else None.
        flushes: how many flushes were answered.
        renewal: of the token.
        is_closed: whether the last socket is gone.
    """

    def __init__(self, request: StartRequest) -> None:
        self.request = request
        self.phase = Phase.CONNECTING
        self.engine: str | None = None
        self.language_code: str | None = None
        self.troubles: list[Trouble] = []
        self.completed: Completed | None = None
        self.failure: Trouble | None = None
        self.flushes = 0
        self.renewal = Renewal(request.token)
        self.is_closed = False
        self._uplink = Uplink()
        self._hearing = Hearing()
        self._patience = Patience()
        self._line = Line(request, self.renewal)
        self._is_given_up = False
        self._back_in_s = 0.0

    @property
    def session_id(self) -> str | None:
        """The server's name for the present session, once it has told."""
        return self._line.session_id

    @property
    def path(self) -> str | None:
        """URL path at which the server wants the next socket, None: the same as before."""
        return self._line.path

    @property
    def finals(self) -> list[Segment]:
        """Final segments that have text, in order of arrival, each once."""
        return self._hearing.finals

    @property
    def heard_s(self) -> float:
        """Seconds of audio that an engine has heard, by the server's acks and by the results that came."""
        return self._hearing.heard_s

    @property
    def sent_bytes(self) -> int:
        """Audio handed to a socket; what was sent again counts once."""
        return self._uplink.sent_to

    @property
    def sent_s(self) -> float:
        """The same in seconds."""
        return time_of(self._uplink.sent_to)

    @property
    def has_room(self) -> bool:
        """Whether more audio may be given."""
        return self._uplink.has_room

    @property
    def may_come_back(self) -> bool:
        """Whether another socket could go on for this one."""
        return self._line.is_resumable and not self._is_given_up and self.failure is None and self.completed is None

    @property
    def is_owed(self) -> bool:
        """Whether a server that lives says something within a second or two: it acknowledges audio, answers a ping."""
        said_to = self._uplink.said_to
        if said_to is None or not self.may_come_back:
            return False
        return self.phase is Phase.FINISHING or self._hearing.owes_ack(said_to)

    # What the speaker wants.

    def start(self) -> None:
        """Opens the session; after the greeting."""
        self._advance(Phase.STARTING)
        self._line.start()

    def speak(self, frame: bytes) -> None:
        """Gives PCM16 mono at 16 kHz, at most 64 KiB; whoever minds memory waits for `has_room`."""
        self._uplink.push(frame)

    def flush(self) -> None:
        """Asks for finals of all audio given so far; `flushes` grows when they have come."""
        self._uplink.flush()

    def stop(self) -> None:
        """Ends the audio; the server goes on to `Phase.COMPLETE`."""
        self._advance(Phase.FINISHING)
        self._uplink.stop()

    def give_up(self) -> None:
        """The end of the present socket is the end of it all."""
        self._is_given_up = True

    def renew(self, token: str | None) -> None:
        """Takes what was found where the token comes from: when `renewal` looked for one, or before another socket."""
        self._line.renew(token)

    # What the adapter does.

    def next(self) -> Outgoing | None:
        """What is to be sent on the present socket now, once; None: nothing."""
        first = self._line.next()
        return self._uplink.next() if first is None else Outgoing(first)

    def receive(self, text: bytes) -> list[Told]:
        """Takes one text frame of the server; returns what it tells, none of it twice.

        A frame that is not of the protocol is a fatal `Trouble` "BAD_MESSAGE".
        """
        try:
            message = read(text)
            return [] if message is None else self._take(message)
        except ValueError:
            trouble = Trouble("BAD_MESSAGE", "The server sent a message that is not of the protocol")
            self.note(trouble)
            return [trouble]

    def disconnected(self, code: int | None, now_s: float, chance: float) -> Cut | None:
        """Takes the end of the socket.

        Args:
            code: the close code received, None without a closing handshake.
            now_s: on any steady clock.
            chance: 0..1, at random.

        Returns:
            When to open another one; None: not at all.
        """
        self._uplink.detach()
        trouble = self._line.hang_up() or trouble_of(code)
        if trouble.is_retryable:
            return self._way_back(trouble, now_s, chance)
        self._end(trouble)
        return None

    def unreached(self, trouble: Trouble, now_s: float, chance: float) -> Cut | None:
        """As `disconnected`, where no socket came about; a server that is restarted may answer anything meanwhile."""
        if trouble.code == "NOT_FOUND":
            self._line.path = None
        return self._way_back(trouble, now_s, chance)

    def _way_back(self, trouble: Trouble, now_s: float, chance: float) -> Cut | None:
        least_s, self._back_in_s = self._back_in_s, 0.0
        delay_s = self._patience.delay_s(now_s, chance, least_s) if self.may_come_back else None
        if delay_s is not None:
            return Cut(trouble, self._patience.attempts, delay_s)
        self._end(trouble)
        return None

    def _end(self, trouble: Trouble) -> None:
        if self.completed is None and self.failure is None and not self._is_given_up:
            self.note(trouble)
        self.is_closed = True

    def note(self, trouble: Trouble) -> None:
        """Takes a trouble; the first fatal one is the failure.

        The adapter calls it with what it found out by itself, such as a server that answers no more.
        """
        self.troubles.append(trouble)
        if trouble.is_fatal and self.failure is None:
            self.failure = trouble

    def _take(self, message: ServerMessage) -> list[Told]:
        match message:
            case Greeting():
                self._greet(message)
            case Ready():
                return [message, *self._begin(message)]
            case Resumed():
                return [message, self._go_on(message)]
            case Segment():
                return self._hear(message)
            case Ack():
                if self._hearing.acknowledge(message):
                    self._patience.reset()
                self._uplink.release(self._hearing.settled_to)
            case Flushed():
                self.flushes += 1
                self._uplink.answered()
                self._patience.reset()
            case Expiring():
                self.renewal.expire()
            case Authenticated():
                self.renewal.accept()
            case Draining():
                self._back_in_s = message.back_in_s
            case Trouble():
                return self._mind(message)
            case Completed():
                self.completed = message = self._hearing.account(message, self.sent_s)
                self._advance(Phase.COMPLETE)
        return [message]

    def _greet(self, greeting: Greeting) -> None:
        self._advance(Phase.GREETED)
        if self.phase < Phase.STARTING:
            self._line.session_id = greeting.session_id
        else:
            self._line.come_back(self._hearing.last_seq)

    def _begin(self, ready: Ready) -> list[Told]:
        """A session begins: the first, or one that goes on for another."""
        is_first = self.phase < Phase.READY
        withdrawn = self._hearing.begin_anew()
        self.engine, self.language_code = ready.engine, ready.language_code
        self._line.begin(ready)
        self._uplink.begin(self._hearing.began_at, keeps=self._line.is_resumable)
        self._advance(Phase.READY)
        return [] if is_first else [*withdrawn, Back(is_anew=True, place_s=time_of(self._hearing.began_at))]

    def _go_on(self, resumed: Resumed) -> Told:
        """The session goes on here."""
        place = self._hearing.began_at + resumed.received_bytes
        self._line.go_on(resumed)
        self._uplink.begin(place, keeps=True)
        return Back(is_anew=False, place_s=time_of(place))

    def _hear(self, segment: Segment) -> list[Told]:
        heard = self._hearing.take(segment)
        if heard is not None and heard.is_final:
            self._patience.reset()
        return [] if heard is None else [heard]

    def _mind(self, trouble: Trouble) -> list[Told]:
        if self.may_come_back and self._line.is_mended(trouble):
            return []
        if self.renewal.is_pending and not trouble.is_fatal and trouble.code in _RENEWAL_REFUSALS:
            self.renewal.refuse(is_retryable=trouble.is_retryable)
        self.note(trouble)
        return [trouble]

    def _advance(self, phase: Phase) -> None:
        self.phase = max(self.phase, phase)
