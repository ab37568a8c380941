"""Identifiers: random, unguessable, without meaning."""

import secrets


def new_id(prefix: str) -> str:
    """A new identifier such as `req_3f9c…` (96 random bits)."""
    return f"{prefix}_{secrets.token_hex(12)}"
