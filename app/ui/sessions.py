"""Who is signed in to the web page: a signed cookie, and one-time tokens that start a session.

The cookie holds the id of an API key and an expiry, signed with this installation's secret. It holds no permission:
those are looked up at every page and every question, so a revoked key ends its sessions at once.
"""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from app.core.clock import Clock, system_clock
from app.core.errors import ConfigurationError

_SECRET_BYTES = 32
COOKIE = "qianmian_session"
LOCAL = "local"
"""The subject of a session that a one-time token started: whoever started the server on this machine."""


class Sessions:
    """Signs and reads session cookies."""

    def __init__(self, secret: bytes, *, lifetime: timedelta, clock: Clock = system_clock) -> None:
        self._secret = secret
        self._clock = clock
        self.lifetime = lifetime

    def start(self, subject: str) -> str:
        """A cookie value for `subject` that is good for `lifetime`."""
        expires = int((self._clock() + self.lifetime).timestamp())
        payload = f"{expires}:{subject}".encode().hex()  # hex needs no quoting in a cookie
        return f"{payload}.{self._sign(payload)}"

    def subject(self, cookie: str | None) -> str | None:
        """The subject of a cookie that we signed and that has not expired, else None."""
        payload, _, signature = (cookie or "").partition(".")
        if not hmac.compare_digest(self._sign(payload).encode(), signature.encode()):
            return None
        expires, _, subject = bytes.fromhex(payload).decode().partition(":")
        return subject if self._clock().timestamp() < int(expires) else None

    def _sign(self, payload: str) -> str:
        return hmac.new(self._secret, payload.encode(), hashlib.sha256).hexdigest()


class OneTimeTokens:
    """Tokens that sign in once, within a while. In memory: a restart makes them useless."""

    def __init__(self, *, lifetime: timedelta = timedelta(hours=1), clock: Clock = system_clock) -> None:
        self._lifetime = lifetime
        self._clock = clock
        self._open: dict[str, datetime] = {}

    def issue(self) -> str:
        token = secrets.token_urlsafe(24)
        self._open[token] = self._clock() + self._lifetime
        return token

    def redeem(self, token: str) -> bool:
        """True the first time, before it expires."""
        expires = self._open.pop(token, None)
        return expires is not None and self._clock() < expires


def load_secret(path: Path) -> bytes:
    """The secret in `path`, made at first use: 256 random bits that only the owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _create_secret(path)
    secret = path.read_bytes()
    if len(secret) != _SECRET_BYTES:
        raise ConfigurationError(f"{path.name} is damaged", hint="delete it and start again; everyone signs in anew")
    return secret


def _create_secret(path: Path) -> None:
    # Written aside and linked, so that a second process never reads half a secret.
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_SECRET_BYTES))
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
