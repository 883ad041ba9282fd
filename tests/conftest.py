"""For pytest only: what trial does by itself."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`TestCase.mktemp` makes folders in the current one: that must not be the checkout."""
    monkeypatch.chdir(tmp_path)
