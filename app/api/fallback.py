"""What no route takes is a problem too, also where a web page is mounted behind the API."""

from starlette.datastructures import URLPath
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

_PAGES = ("/", "/favicon.ico", "/mine", "/terms")


class Fallback(BaseRoute):
    """Takes every path but those of the pages mounted behind it. Added last.

    Without it the mounted page framework would answer in HTML for a mistyped address or method of the API.
    """

    def __init__(self, routes: list[BaseRoute]) -> None:
        self._routes = routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_page = scope["type"] != "http" or scope["path"] in _PAGES or scope["path"].startswith("/_")
        return (Match.NONE if is_page else Match.FULL), {}

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the base's shape
        allowed = {
            method
            for route in self._routes
            if route.matches(scope)[0] is Match.PARTIAL
            for method in getattr(route, "methods", None) or ()
        }
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
        raise HTTPException(404)
