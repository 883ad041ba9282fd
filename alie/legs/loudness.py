"""Whether there may be speech in audio, roughly and cheaply: for a watchdog, never for a recogniser. Pure.

Speech is loud against its own pauses; a fan, a hum or a dead microphone are as loud all the time.
"""

from __future__ import annotations

_WINDOW_S = 0.02
# So many samples a second are looked at: enough for loudness, whatever the rate.
_LOOKED_AT_HZ = 1000
# Against the quietest tenth, and against full scale 32767: what a quiet room's microphone gives is below it.
_TIMES_FLOOR = 3.0
_LEAST = 150.0


def speech_s(pcm: bytes, sample_rate_hz: int) -> float:
    """Seconds of audio that are clearly louder than its quietest parts.

    Args:
        pcm: PCM16 mono, whole samples.
        sample_rate_hz: of it.
    """
    stride = max(1, sample_rate_hz // _LOOKED_AT_HZ)
    window = max(1, int(sample_rate_hz * _WINDOW_S) // stride)
    samples = memoryview(pcm).cast("h")[::stride]
    levels = [
        sum(map(abs, samples[start : start + window])) / window for start in range(0, len(samples) - window + 1, window)
    ]
    if not levels:
        return 0.0
    floor = sorted(levels)[len(levels) // 10]
    bar = max(_LEAST, _TIMES_FLOOR * floor)
    return sum(level > bar for level in levels) * window * stride / sample_rate_hz
