"""The ports that the daemon listens on: free, its own, or somebody else's."""

from __future__ import annotations

from collections.abc import Iterator

from alie import listening
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.place import Place

STEP = "port"


def look(place: Place) -> Iterator[Finding]:
    """`PORT`."""
    host, port = place.config.host, place.config.port
    if not port:
        yield Finding(STEP, NOT_LOOKED_AT, "PORT is 0: the daemon takes a free one, and says in its log which")
    elif place.daemon is not None:
        yield Finding(STEP, OK, f"{host} port {port} is the daemon's")
    else:
        yield free(host, port)


def free(host: str, port: int) -> Finding:
    """Whether a port where no daemon of Alie answers could be had. It is taken for a moment to see."""
    try:
        listening.listen(host, port).close()
    except listening.ListenError as error:
        return Finding(
            STEP, PROBLEM, f"{error}; it is not Alie that answers there", f"see who it is: ss -ltnp sport = :{port}"
        )
    return Finding(STEP, NOTE, f"{host} port {port} is free: nothing listens there")
