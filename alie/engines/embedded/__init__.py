"""The recogniser that ships with Alie: whisper in worker threads, nothing leaves the machine.

Importing this package is cheap: the libraries that do the work are loaded in a worker, by `EmbeddedEngine.start`.
"""

from alie.engines.embedded.engine import EmbeddedEngine
from alie.engines.embedded.model import ModelError, ModelLocation, locate_model
from alie.engines.embedded.policy import Policy

__all__ = ["EmbeddedEngine", "ModelError", "ModelLocation", "Policy", "locate_model"]
