"""Who is asking. An actor comes from a key, a session or the command line, never from a model or a request body."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    ANALYST = "analyst"
    COPYWRITER = "copywriter"
    APPROVER = "approver"
    SENDER = "sender"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or system that uses Qianmian, with the rows they may see."""

    id: str
    roles: frozenset[Role] = frozenset({Role.ANALYST})
    brand_ids: frozenset[str] | None = None
    """The brands whose rows are visible; None = every brand in the warehouse."""
    department: str | None = None
    """The department whose house definitions apply (会员部, 电商部, 财务部 …)."""


LOCAL_OPERATOR = Actor(id="local", roles=frozenset(Role))
"""Whoever runs the command line on this machine: they hold the warehouse file already."""
