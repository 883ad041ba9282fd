"""Sound out of files."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from alie.cli.player import FRAME_BYTES, FRAME_S
from alie.cli.sound import FRAMES_AT_ONCE, SoundError, SoundFile
from tests.cli.files import folder_for, write_wave

SPEECH = Path(__file__).parent.parent / "speech"


def read_all(path: Path) -> bytes:
    sound = SoundFile(path)
    heard = b""
    while frames := sound.read():
        heard += b"".join(frames)
    sound.close()
    return heard


class SoundFileTests(SynchronousTestCase):
    """What comes out is 16 kHz mono, whole, and a little at a time."""

    def setUp(self) -> None:
        try:
            import av
        except ImportError:
            raise SkipTest("PyAV is not installed") from None
        self.av: Any = av
        self.folder = folder_for(self)
        self.path = self.folder / "sound.wav"

    def test_samples_that_need_no_change_are_not_changed(self) -> None:
        write_wave(self.path, 1.0)
        self.assertEqual(read_all(self.path), b"\x07\x00" * 16000)

    def test_other_rates_and_channels_are_brought_to_16_khz_mono(self) -> None:
        write_wave(self.path, 2.0, rate_hz=44100, channels=2)
        self.assertAlmostEqual(len(read_all(self.path)) / 32000, 2.0, delta=0.01)

    def test_frames_are_those_of_the_protocol_and_only_a_few_at_once(self) -> None:
        write_wave(self.path, FRAME_S * FRAMES_AT_ONCE + 1.0)
        sound = SoundFile(self.path)
        first = sound.read()
        rest = sound.read()
        self.assertEqual([len(frame) for frame in first], [FRAME_BYTES] * FRAMES_AT_ONCE)
        self.assertEqual(sum(map(len, rest)), 32000)
        self.assertEqual(sound.read(), [])
        sound.close()

    def test_a_compressed_recording_has_its_length(self) -> None:
        path = SPEECH / "en-02-conf-invalid.flac"
        self.assertEqual(len(read_all(path)) / 32000, 3.864)
        self.assertEqual(SoundFile(path).duration_s, 3.864)

    def test_a_hole_in_the_track_is_filled_so_that_times_stay_right(self) -> None:
        path = self.path.with_suffix(".mkv")
        with self.av.open(str(path), "w") as container:
            track = container.add_stream("pcm_s16le", rate=16000, layout="mono")
            for start in (0, 32000):
                frame = self.av.AudioFrame(format="s16", layout="mono", samples=16000)
                frame.planes[0].update(b"\x07\x00" * 16000)
                frame.rate, frame.pts, frame.time_base = 16000, start, Fraction(1, 16000)
                container.mux(track.encode(frame))
            container.mux(track.encode(None))
        heard = read_all(path)
        self.assertEqual(heard, b"\x07\x00" * 16000 + bytes(32000) + b"\x07\x00" * 16000)

    def test_damage_is_skipped_and_counted(self) -> None:
        path = self.path.with_suffix(".mkv")
        with self.av.open(str(SPEECH / "en-02-conf-invalid.flac")) as source, self.av.open(str(path), "w") as copy:
            track = copy.add_stream_from_template(source.streams.audio[0])
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = track
                    copy.mux(packet)
        damaged = bytearray(path.read_bytes())
        damaged[30000:30400] = bytes(400)
        path.write_bytes(damaged)
        sound = SoundFile(path)
        length = 0
        while frames := sound.read():
            length += sum(map(len, frames))
        sound.close()
        self.assertEqual(sound.damaged_packets, 1)
        self.assertAlmostEqual(length / 32000, 3.864, delta=0.001)

    def test_nothing_comes_after_close(self) -> None:
        write_wave(self.path, 1.0)
        sound = SoundFile(self.path)
        sound.close()
        self.assertEqual(sound.read(), [])

    def test_what_is_no_sound_is_named_in_a_sentence(self) -> None:
        (text := self.folder / "text").write_text("x" * 4000)
        with self.assertRaisesRegex(SoundError, "not a sound or video file"):
            SoundFile(text)
        with self.assertRaisesRegex(SoundError, "No such file"):
            SoundFile(self.path)
        with self.assertRaisesRegex(SoundError, "directory"):
            SoundFile(SPEECH)

    def test_without_pyav_it_says_what_to_install(self) -> None:
        self.patch(sys, "modules", {**sys.modules, "av": None})
        with self.assertRaisesRegex(SoundError, r"pip install 'alie\[cli\]'"):
            SoundFile(SPEECH / "en-02-conf-invalid.flac")
