"""Lists of templates that pages ask for when they open. Alie has none, and says so."""

from __future__ import annotations

from alie.web.routing import OPEN, Call, Reply, Route
from alie.web.schemas import OBJECT, a_list, success

_NONE = success({"data": a_list(OBJECT, 0), "count": {"const": 0}})


def template_routes() -> list[Route]:
    """Two empty lists."""

    async def none(call: Call) -> Reply:
        return Reply({"success": True, "data": [], "count": 0})

    summaries = {
        "/api/template-combinations": "Combinations of templates: none",
        "/api/templates/prompts/due": "Templates to be asked about: none",
    }
    return [Route("GET", path, none, summary, access=OPEN, answers={200: _NONE}) for path, summary in summaries.items()]
