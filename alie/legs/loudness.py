"""Whether there may be speech in audio, roughly and cheaply: for a watchdog, never for a recogniser. Pure.

Speech is loud against its own pauses; a fan, a hum or a dead microphone are as loud all the time.
"""

from __future__ import annotations

_WINDOW_S = 0.02
# So many samples a second are looked at: enough for loudness, whatever the rate.
_LOOKED_AT_HZ = 1000
# And about so many windows (ten seconds of them), evenly spread: more would hold the reactor up for over 10 ms.
_MOST_WINDOWS = 500
# Against the quietest tenth, and against full scale 65535: what a quiet room's microphone gives is below it.
_TIMES_FLOOR = 3.0
_LEAST = 500


def speech_s(pcm: bytes, sample_rate_hz: int) -> float:
    """Seconds of audio that are clearly louder than its quietest parts.

    Args:
        pcm: PCM16 mono, whole samples.
        sample_rate_hz: of it.
    """
    stride = max(1, sample_rate_hz // _LOOKED_AT_HZ)
    window = max(1, int(sample_rate_hz * _WINDOW_S) // stride)
    samples = memoryview(pcm).cast("h")[::stride]
    count = len(samples) // window
    if not count:
        return 0.0
    step = 1 + count // _MOST_WINDOWS
    levels = [_swing(samples[index * window : (index + 1) * window].tolist()) for index in range(0, count, step)]
    floor = sorted(levels)[len(levels) // 10]
    bar = max(_LEAST, _TIMES_FLOOR * floor)
    loud = sum(level > bar for level in levels)
    return count * loud / len(levels) * window * stride / sample_rate_hz


def _swing(samples: list[int]) -> int:
    # From peak to peak: a microphone with a constant offset does not seem loud all the time.
    return max(samples) - min(samples)
