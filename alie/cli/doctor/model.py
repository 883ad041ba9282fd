"""The model of the embedded engine: is it there, and is it what it should be?"""

from __future__ import annotations

from collections.abc import Iterator

from alie.cli.doctor.finding import NOT_LOOKED_AT, OK, PROBLEM, Finding
from alie.cli.doctor.place import Place
from alie.engines.assembly import EngineChoiceError, choose

STEP = "model"
_ADVICE = "install it anew: pip install --force-reinstall 'alie[embedded]', or correct ALIE_MODEL_DIR"


def look(place: Place) -> Iterator[Finding]:
    """Reads all of it; that takes about a second."""
    try:
        name = choose(place.config, place.given.values)[0]
    except EngineChoiceError:
        name = "amazon"
    if name == "amazon" and place.config.engine.failover != "on":
        yield Finding(STEP, NOT_LOOKED_AT, "the embedded engine is not used: ALIE_FAILOVER is not on")
        return
    from alie.engines.embedded import ModelError
    from alie.engines.embedded.model import locate_model, verify

    try:
        location = locate_model(place.config.model_dir, dict(place.given.values))
        verify(location)
    except (ModelError, OSError) as error:
        yield Finding(STEP, PROBLEM, str(error), _ADVICE)
        return
    what = f"{location.directory}: your own" if place.config.model_dir else "that which comes along; its hash is right"
    yield Finding(STEP, OK, what)
