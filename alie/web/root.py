"""The resource tree: what is served where."""

from __future__ import annotations

from twisted.web.resource import Resource

from alie.web.answers import Missing
from alie.web.builtin import INDEX, PageFolder, page_files


def build_root(
    *, door: Resource, health: dict[str, Resource], api: Resource, has_page: bool, sign_in_url: str = ""
) -> Resource:
    """Builds the tree.

    Args:
        door: the WebSocket, at `/ws`.
        health: resources at the top, by name.
        api: at `/api`.
        has_page: whether the built-in page is served at `/`.
        sign_in_url: where its users sign in; empty: nowhere but here.
    """
    root = Missing()  # a path that is nothing itself, but has children
    root.putChild(b"ws", door)
    for name, resource in health.items():
        root.putChild(name.encode(), resource)
    root.putChild(b"api", api)
    if has_page:
        pages = page_files(sign_in_url)
        root.putChild(b"", pages[INDEX])
        root.putChild(b"page", PageFolder(pages))
    return root
