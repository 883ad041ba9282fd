"""The bill of materials: valid, complete, true, and the same each time."""

import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name
from twisted.trial.unittest import SynchronousTestCase

import alie
from alie.engines.embedded.model import MODEL_SHA256, locate_model
from supply import locks, sbom


class BillTests(SynchronousTestCase):
    """`make sbom`, on what is installed here."""

    text = ""

    def setUp(self) -> None:
        """Made once: it takes seconds."""
        if not BillTests.text:
            BillTests.text = self.written()
        self.bill: dict[str, Any] = json.loads(self.text)
        self.components = self.bill["components"]

    def written(self) -> str:
        path = Path(self.mktemp()) / "alie.cdx.json"
        sbom.main(["--output", str(path)])
        return path.read_text(encoding="utf-8")

    def test_valid(self) -> None:
        """Against the schema of CycloneDX 1.6, strictly."""
        validator = JsonStrictValidator(SchemaVersion.V1_6)
        self.assertIsNone(validator.validate_str(self.text))
        self.assertIsNotNone(validator.validate_str(self.text.replace('"name"', '"nome"', 1)))

    def test_packages_are_those_that_are_installed(self) -> None:
        """Each of requirements/run.txt, in the version that is here, with the hashes that pip compares; no other."""
        found = {canonicalize_name(one["name"]): one for one in self.components if one["type"] == "library"}
        pins = locks.read(locks.RUN)
        self.assertEqual(set(found), set(pins))
        for name, component in found.items():
            self.assertEqual(component["version"], metadata.version(name))
            held = {one["content"] for ref in component["externalReferences"] for one in ref.get("hashes", ())}
            self.assertEqual(held, pins[name].hashes)

    def test_models_and_recordings(self) -> None:
        """With the hash of the file that comes in packages."""
        found = {one["name"]: one for one in self.components if one["type"] != "library"}
        self.assertEqual(set(found), {"whisper-base", "silero_vad_v6", "en-US.wav", "fr-CA.wav"})
        model = hashlib.sha256(b"".join(part.read_bytes() for part in locate_model().parts)).hexdigest()
        self.assertEqual(model, MODEL_SHA256)
        self.assertEqual(found["whisper-base"]["hashes"], [{"alg": "SHA-256", "content": model}])
        spoken = hashlib.sha256((locks.CHECKOUT / "alie/cli/samples/fr-CA.wav").read_bytes()).hexdigest()
        self.assertEqual(found["fr-CA.wav"]["hashes"], [{"alg": "SHA-256", "content": spoken}])

    def test_every_part_has_a_licence(self) -> None:
        """And Alie its own."""
        parts = (*self.components, self.bill["metadata"]["component"])
        self.assertEqual([one["name"] for one in parts if not one.get("licenses")], [])

    def test_alie_is_what_it_is_about(self) -> None:
        """What it needs itself is below it, and everything else is below that."""
        self.assertEqual(self.bill["metadata"]["component"]["version"], alie.__version__)
        below = {one["ref"]: one.get("dependsOn", []) for one in self.bill["dependencies"]}
        reached: set[str] = set()
        waiting = ["alie"]
        while waiting:
            ref = waiting.pop()
            waiting += [] if ref in reached else below.get(ref, [])
            reached.add(ref)
        building = {one["bom-ref"] for one in self.components if one["name"] == "setuptools"}
        self.assertEqual(reached | building, {"alie", *(one["bom-ref"] for one in self.components)})

    def test_the_same_each_time(self) -> None:
        """No time, no random number, and nothing of the machine that it was made on."""
        self.assertEqual(self.written(), self.text)
        for local in ("file:", str(locks.CHECKOUT), str(Path.home()), "urn:uuid", "timestamp"):
            self.assertNotIn(local, self.text)

    def test_what_is_missing_is_no_bill(self) -> None:
        """A package that is locked and not installed is named."""
        pins = {"nowhere": locks.Pin("nowhere", "1.0", frozenset())}
        refused = self.assertRaises(sbom.IncompleteError, sbom.bill, {"components": [], "dependencies": []}, pins)
        self.assertIn("nowhere", str(refused))
