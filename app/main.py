"""The program: HTTP API and web workplace together, and how it is served."""

import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from fastapi import FastAPI

from app.api.application import add_fallback, create_api
from app.api.deps import Runtime
from app.api.keys import KeyStore
from app.core.actor import Actor
from app.core.errors import ConfigurationError
from app.core.log import configure_logging
from app.flows.interface import Flows
from app.settings import Settings
from app.ui.sessions import OneTimeTokens, Sessions, load_secret
from app.ui.sign_in import Door, routes


@dataclass(frozen=True, slots=True)
class _KeyActors:
    """API keys as the sign-in page needs them."""

    keys: KeyStore

    def actor_by_secret(self, secret: str) -> Actor | None:
        key = self.keys.verify(secret)
        return key.actor if key else None

    def actor_by_id(self, key_id: str) -> Actor | None:
        key = self.keys.find(key_id)
        return key.actor if key else None


def create_app(settings: Settings, flows: Flows) -> FastAPI:
    """API and web pages as one application.

    The page framework keeps its pages globally, so a process has one such application; `create_api` has no such limit.
    `app.state.sign_in_tokens` issues the one-time tokens of sign-in links.
    """
    # Lazy: the page framework takes two seconds to import, which the API alone and the command line need not pay.
    from nicegui import ui  # noqa: PLC0415

    from app.ui.site import FAVICON, Site, register  # noqa: PLC0415

    app = create_api(settings, flows)
    runtime: Runtime = app.state.runtime
    door = Door(
        keys=_KeyActors(runtime.keys),
        sessions=Sessions(
            load_secret(settings.data_dir / "session.key"), lifetime=timedelta(hours=settings.session_hours)
        ),
        tokens=OneTimeTokens(),
        language=settings.language,
    )
    app.state.sign_in_tokens = door.tokens
    app.router.routes.extend(routes(door))
    add_fallback(app)
    register(Site(flows=flows, pool=runtime.pool, door=door), gallery=settings.gallery)
    ui.run_with(app, title="千面 Qianmian", favicon=FAVICON, tailwind=False, show_welcome_message=False)
    return app


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve(
    settings: Settings,
    flows: Flows,
    *,
    host: str | None = None,
    port: int | None = None,
    say: Callable[[str], None] = _print,
) -> None:
    """Serve until interrupted, on `host` and `port` or where the settings say.

    Once it listens, says the first API key (once in the life of an installation) and a link that signs in.

    Raises:
        ConfigurationError: the address can't be listened on.
    """
    import uvicorn  # noqa: PLC0415 - only serving needs it

    settings = settings.model_copy(update={"host": host or settings.host, "port": port or settings.port})
    configure_logging(settings.log_level)
    _check_address(settings)
    app = create_app(settings, flows)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                _announce(settings, app, say)

    # Our own access log says what is needed without query strings.
    config = uvicorn.Config(app, host=settings.host, port=settings.port, log_config=None, access_log=False)
    Server(config).run()


def _announce(settings: Settings, app: FastAPI, say: Callable[[str], None]) -> None:
    runtime: Runtime = app.state.runtime
    first_key = runtime.keys.ensure_first()
    if first_key:
        say(f"API key (shown only this once): {first_key}")
    say(f"Open {sign_in_link(settings, app)}")


def _check_address(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the server does: an address that a closed connection still holds may be taken again.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigurationError(
                f"can't listen on {settings.host}:{settings.port}: {error.strerror}",
                hint="stop what uses it, or set QIANMIAN_PORT to another port",
            ) from error


def sign_in_link(settings: Settings, app: FastAPI) -> str:
    """An address that signs in once, within the hour."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104 - compared, not bound
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{settings.port}/sign-in?token={app.state.sign_in_tokens.issue()}"
