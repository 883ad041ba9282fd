"""Masks: each frame has one of its own."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.masking import apply_mask, fresh_mask


class MaskTests(SynchronousTestCase):
    """RFC 6455, sections 5.3 and 10.3."""

    def test_no_mask_comes_again_soon(self) -> None:
        """Of 3000 random ones two are alike once in a thousand runs, and never a dozen."""
        masks = [fresh_mask() for _ in range(3000)]
        self.assertEqual({len(mask) for mask in masks}, {4})
        self.assertGreater(len(set(masks)), 2990)

    def test_a_mask_undoes_itself(self) -> None:
        """And does something."""
        mask, payload = fresh_mask(), bytes(range(11))
        self.assertEqual(apply_mask(mask, apply_mask(mask, payload)), payload)
        self.assertEqual(apply_mask(b"\x01\x02\x03\x04", payload)[:5], bytes((0x01, 0x03, 0x01, 0x07, 0x05)))
