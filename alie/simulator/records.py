"""What the legs got: their audio by spans and hashes, and each recording put together again from all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from alie.simulator.stamp import Source, Span


@dataclass(slots=True)
class LegRecord:
    """One leg. Filled while it lives; offsets and lengths in samples, the rest in its unit.

    Attributes:
        serial: number of the leg among all, from 0.
        session_id: the client's, or what the service made up.
        leg_number: of the leg among those with its session id, from 0.
        transport: "websocket" or "http2".
        parameters: as they came.
        opened_s: when the request came, on the reactor's clock.
        peer_port: from which its connection came.
        closed_s: when the connection was gone, or None.
        ended_by: "end" when the client ended it and was told all, "client" when it just went, else what the service
            did: the exception's type, "RESET", "CLEAN_CLOSE"; "" while it lives.
        faults: names of the planned faults that came about, in order.
        struck_s: when the first of them did, on the reactor's clock, or None.
        spans: where its audio came from, in order and without gaps.
        byte_count: of all audio.
        event_count: AudioEvents with audio.
        largest_event_bytes: the longest of those.
        results: how many were told, partial and final.
        finals: how many of those were final.
        speakers: numbers on the stamps in its audio.
    """

    serial: int
    session_id: str
    leg_number: int
    transport: str
    parameters: Mapping[str, str]
    opened_s: float
    peer_port: int = 0
    closed_s: float | None = None
    ended_by: str = ""
    faults: list[str] = field(default_factory=list)
    struck_s: float | None = None
    spans: list[Span] = field(default_factory=list)
    byte_count: int = 0
    event_count: int = 0
    largest_event_bytes: int = 0
    results: int = 0
    finals: int = 0
    speakers: set[int] = field(default_factory=set)
    _hash: Any = field(default_factory=hashlib.sha256)

    def strike(self, fault: str, now_s: float) -> None:
        """A planned fault comes about."""
        self.faults.append(fault)
        if self.struck_s is None:
            self.struck_s = now_s

    def add_audio(self, audio: bytes) -> None:
        """One AudioEvent came."""
        self.byte_count += len(audio)
        self.event_count += 1
        self.largest_event_bytes = max(self.largest_event_bytes, len(audio))
        self._hash.update(audio)

    def add_span(self, span: Span) -> None:
        """Some of it has become clear; stretches that go on are joined."""
        last = self.spans[-1] if self.spans else None
        if last is not None and span.follows(last):
            self.spans[-1] = Span(span.source, last.leg_offset, last.length + span.length, last.speaker, last.position)
        else:
            self.spans.append(span)

    @property
    def sha256(self) -> str:
        """Of all audio it got, silence and replays included, in hexadecimal."""
        return str(self._hash.hexdigest())

    def samples(self, source: Source) -> int:
        """How much of its audio is of that kind."""
        return sum(span.length for span in self.spans if span.source is source)

    def summary(self) -> dict[str, Any]:
        """For a report as JSON; parameters may name what a site keeps at the vendor and are left out."""
        return {
            "serial": self.serial,
            "sessionId": self.session_id,
            "legNumber": self.leg_number,
            "transport": self.transport,
            "openedS": self.opened_s,
            "closedS": self.closed_s,
            "endedBy": self.ended_by,
            "faults": self.faults,
            "struckS": self.struck_s,
            "audioBytes": self.byte_count,
            "audioEvents": self.event_count,
            "largestEventBytes": self.largest_event_bytes,
            "sha256": self.sha256,
            "speakers": sorted(self.speakers),
            "silenceSamples": self.samples(Source.SILENCE),
            "results": self.results,
            "finals": self.finals,
        }

    @property
    def sample_rate_hz(self) -> int:
        """0 where the request gave none."""
        rate = self.parameters.get("sample-rate", "")
        return int(rate) if rate.isdecimal() else 0


@dataclass(slots=True)
class Reassembly:
    """One recording, put together from all the legs that got some of it."""

    audio: bytearray = field(default_factory=bytearray)
    """PCM16 by position; zeros where nothing came."""
    covered: list[tuple[int, int]] = field(default_factory=list)
    """From which sample to which, in order, not touching."""
    replayed: int = 0
    """Samples that came again."""
    differing: int = 0
    """Bytes that came again and were others: must be 0."""

    def add(self, position: int, audio: bytes) -> None:
        """Some of the recording came to some leg, or came again."""
        if self.covered and position == self.covered[-1][1]:
            self.audio += audio
            self.covered[-1] = (self.covered[-1][0], position + len(audio) // 2)
            return
        start, end = 2 * position, 2 * position + len(audio)
        if len(self.audio) < end:
            self.audio.extend(bytes(end - len(self.audio)))
        fresh = [(position, end // 2)]
        for known in self.covered:
            low, high = max(known[0], position), min(known[1], end // 2)
            if low < high:
                self.replayed += high - low
                before, again = self.audio[2 * low : 2 * high], audio[2 * low - start : 2 * high - start]
                self.differing += 0 if before == again else sum(a != b for a, b in zip(before, again, strict=True))
                fresh = [part for whole in fresh for part in _without(whole, (low, high))]
        for low, high in fresh:
            self.audio[2 * low : 2 * high] = audio[2 * low - start : 2 * high - start]
        self.covered = _joined([*self.covered, *fresh])

    def kept(self) -> bytes:
        """What came, each sample once, in the recording's order."""
        return b"".join(self.audio[2 * low : 2 * high] for low, high in self.covered)


@dataclass(frozen=True, slots=True)
class Heard:
    """What all legs together got of one recording.

    Attributes:
        recording: each sample once, in the recording's order; silence that was added is not in it.
        sha256: of that, in hexadecimal.
        missing: stretches before the last sample that never came, as (first, behind the last).
        replayed_s: seconds that came more than once.
        silence_s: seconds of zeros in the legs that heard the speaker.
        unknown_s: seconds in those legs that could not be told to be of any recording.
        legs: how many those are.
        differing_bytes: bytes that were others when they came again; never but for a fault in the audio's way.
    """

    recording: bytes
    sha256: str
    missing: tuple[tuple[int, int], ...]
    replayed_s: float
    silence_s: float
    unknown_s: float
    legs: int
    differing_bytes: int

    def summary(self) -> dict[str, Any]:
        """For a report as JSON."""
        return {
            "samples": len(self.recording) // 2,
            "sha256": self.sha256,
            "missing": self.missing,
            "replayedS": self.replayed_s,
            "silenceS": self.silence_s,
            "unknownS": self.unknown_s,
            "legs": self.legs,
            "differingBytes": self.differing_bytes,
        }


def heard_of(reassembly: Reassembly, legs: Iterable[LegRecord]) -> Heard:
    """Sums up one recording over the legs that heard it."""
    listening = list(legs)
    recording = reassembly.kept()
    edges = [0, *(edge for stretch in reassembly.covered for edge in stretch)]
    gaps = [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=False) if low < high]
    rate = next((leg.sample_rate_hz for leg in listening), 0) or 1
    return Heard(
        recording,
        hashlib.sha256(recording).hexdigest(),
        tuple(gaps),
        reassembly.replayed / rate,
        sum(leg.samples(Source.SILENCE) for leg in listening) / rate,
        sum(leg.samples(Source.UNKNOWN) for leg in listening) / rate,
        len(listening),
        reassembly.differing,
    )


def _without(whole: tuple[int, int], cut: tuple[int, int]) -> list[tuple[int, int]]:
    parts = [(whole[0], min(whole[1], cut[0])), (max(whole[0], cut[1]), whole[1])]
    return [(low, high) for low, high in parts if low < high]


def _joined(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for low, high in sorted(stretches):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined
