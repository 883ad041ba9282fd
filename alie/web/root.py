"""The resource tree: what is served where."""

from __future__ import annotations

from twisted.web.resource import Resource

from alie.web.answers import JsonResource
from alie.web.builtin import INDEX, PageFolder, page_files


class Root(JsonResource):
    """`/` and what is below it."""

    render_GET = None


class Branch(JsonResource):
    """A path that is nothing itself but has children."""

    render_GET = None


def build_root(*, door: Resource, health: dict[str, Resource], api: dict[str, Resource], has_page: bool) -> Resource:
    """Builds the tree.

    Args:
        door: the WebSocket, at `/ws`.
        health: resources at the top, by name.
        api: resources below `/api`, by name.
        has_page: whether the built-in page is served at `/`.
    """
    root = Root()
    root.putChild(b"ws", door)
    for name, resource in health.items():
        root.putChild(name.encode(), resource)
    branch = Branch()
    for name, resource in api.items():
        branch.putChild(name.encode(), resource)
    root.putChild(b"api", branch)
    if has_page:
        pages = page_files()
        root.putChild(b"", pages[INDEX])
        root.putChild(b"page", PageFolder(pages))
    return root
