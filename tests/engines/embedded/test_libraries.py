"""What the libraries are told."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded.libraries import prepare_environment

ALL_OF_AVX512 = "processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512dq avx512cd avx512bw avx512vl\n\nprocessor\t: 1\n"


class EnvironmentTests(SynchronousTestCase):
    """Defaults are set, and give way to the operator's."""

    def prepared(self, processor: str, **environment: str) -> dict[str, str]:
        prepare_environment(environment, processor)
        return environment

    def test_defaults(self) -> None:
        found = self.prepared("")
        self.assertEqual((found["ORT_DISABLE_TELEMETRY"], found["HF_HUB_OFFLINE"]), ("1", "1"))

    def test_processor(self) -> None:
        """AVX-512 is asked for only where all of it is there."""
        self.assertEqual(self.prepared(ALL_OF_AVX512).get("CT2_FORCE_CPU_ISA"), "AVX512")
        for processor in ("", "flags : avx2", ALL_OF_AVX512.replace("avx512vl", "")):
            self.assertNotIn("CT2_FORCE_CPU_ISA", self.prepared(processor))

    def test_operators_choice(self) -> None:
        found = self.prepared(ALL_OF_AVX512, CT2_FORCE_CPU_ISA="AVX2", OPENBLAS_NUM_THREADS="2")
        self.assertEqual((found["CT2_FORCE_CPU_ISA"], found["OPENBLAS_NUM_THREADS"]), ("AVX2", "2"))
