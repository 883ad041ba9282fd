"""The routes of what users keep, and of what pages ask for beside it."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from alie.config import Config
from alie.store.interface import Store
from alie.web.api.cases import Cases
from alie.web.api.clinics import Clinics
from alie.web.api.feedback import Feedback, disabled_routes
from alie.web.api.profile import Profiles
from alie.web.api.sessions import Sessions
from alie.web.api.templates import template_routes
from alie.web.routing import Route


def store_routes(config: Config, store: Store, clock: IReactorTime) -> list[Route]:
    """All routes of the REST API that need a store, and the empty lists of templates.

    Args:
        config: the daemon's: says whether feedback is taken.
        store: keeps everything.
        clock: the reactor's.
    """
    return [
        *Profiles(store).routes(),
        *Sessions(store, clock).routes(),
        *Cases(store).routes(),
        *Clinics(store).routes(),
        *(Feedback(store).routes() if config.has_feedback else disabled_routes()),
        *template_routes(),
    ]
