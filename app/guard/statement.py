"""A statement as the rules see it: its nodes by kind and its scopes, each found once and shared by every rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

Node = TypeVar("Node", bound=exp.Expr)


@dataclass(frozen=True)
class Statement:
    """A tree that no longer changes. After a change, make a new one: what was found here would be of the old tree."""

    tree: exp.Expr

    @cached_property
    def by_kind(self) -> dict[type[exp.Expr], list[exp.Expr]]:
        """Every node under its exact type."""
        found: dict[type[exp.Expr], list[exp.Expr]] = {}
        for node in self.tree.walk():
            found.setdefault(type(node), []).append(node)
        return found

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """Every query of the statement with what its names stand for, inner ones first."""
        return tuple(traverse_scope(self.tree))

    def nodes(self, *kinds: type[Node]) -> Iterator[Node]:
        """Every node of these kinds or of kinds derived from them."""
        for kind, nodes in self.by_kind.items():
            if issubclass(kind, kinds):
                yield from nodes  # type: ignore[misc] # all are of `kind`, which is one of `kinds`

    @property
    def count(self) -> int:
        """The number of nodes."""
        return sum(map(len, self.by_kind.values()))

    def tables(self) -> Iterator[exp.Table]:
        """Every table that is read, as resolved by scope.

        Reads resolved sources, not names: in `WITH t AS (SELECT * FROM t) …` the inner `t` is the real table, and a
        check by alias would let it through.
        """
        seen: set[int] = set()
        for query_scope in self.scopes:
            for source in query_scope.sources.values():
                if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier) and id(source) not in seen:
                    seen.add(id(source))
                    yield source
