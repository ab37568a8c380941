"""The only way to the engine: gate, façade, worker, result checks. Nothing else calls `Engine.run`."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from app.core.actor import Actor
from app.core.errors import SqlRejectedError
from app.guard.facade import facade_for
from app.guard.findings import Finding
from app.guard.pipeline import GuardedStatement, check
from app.guard.policy import DEFAULT_POLICY, Policy
from app.guard.result_cache import BoundedCache, CacheKey, size_of
from app.guard.result_check import ResultCheck, redact_identifiers, suppress_small_groups
from app.guard.scope import GuardScope, scope_for
from app.warehouse.engine import Engine, QueryLimits, QueryResult, Row, TableInfo

_RESULT_CACHE_BYTES = 32_000_000
_STATEMENT_CACHE_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class GuardedResult:
    """Rows that may be shown. `sql` is what ran; `cached` = it ran before, on the same data."""

    sql: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    truncated: bool
    elapsed_ms: float
    """The engine's own time; 0 from the cache."""
    guard_ms: float
    """The gate's time."""
    snapshot: str
    findings: tuple[Finding, ...] = ()
    checks: tuple[ResultCheck, ...] = ()
    cached: bool = False


class GuardedExecutor:
    """Runs statements for actors under one policy. Safe to use from several threads."""

    def __init__(
        self,
        engine: Engine,
        policy: Policy = DEFAULT_POLICY,
        limits: QueryLimits | None = None,
        *,
        caching: bool = True,
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._limits = limits or QueryLimits()
        self._results: BoundedCache[GuardedResult] = BoundedCache(_RESULT_CACHE_BYTES if caching else 0)
        self._statements: BoundedCache[GuardedStatement] = BoundedCache(_STATEMENT_CACHE_BYTES)
        self._scopes: dict[tuple[frozenset[str] | None, int], tuple[Mapping[str, TableInfo], GuardScope]] = {}

    def run(
        self,
        statement: str | exp.Expr,
        actor: Actor,
        *,
        limits: QueryLimits | None = None,
        people_column: str | None = None,
    ) -> GuardedResult:
        """The result of one SELECT, as far as `actor` may see it.

        Args:
            statement: A tree from the compiler, or SQL text from a person or a model: both pass the same gate.
            actor: Who asks; their brands limit the rows.
            limits: Time, rows and bytes of this query, instead of the executor's own.
            people_column: The column that counts people in each row's group, if there is one; groups below the
                policy's minimum are left out.

        Raises:
            SqlRejectedError: the gate or the engine refused the statement.
            QueryStoppedError: a limit was passed.
            WarehouseError: the warehouse can't be read.
        """
        caps = limits or self._limits
        snapshot = self._engine.snapshot().id
        scope = self.scope(actor)
        started = time.perf_counter()
        guarded = self._checked(statement, scope)
        guard_ms = (time.perf_counter() - started) * 1000
        key = CacheKey(scope.key, snapshot, guarded.sql, (caps.max_rows, caps.max_bytes), people_column)
        if (known := self._results.get(key)) is not None:
            return replace(known, elapsed_ms=0.0, guard_ms=guard_ms, cached=True)
        facade = facade_for(scope, guarded.tables, snapshot_id=snapshot)
        result = self._checked_result(self._engine.run(guarded.sql, facade=facade, limits=caps), guarded, people_column)
        result = replace(result, guard_ms=guard_ms, snapshot=snapshot)
        self._results.put(key, result, size_of(result.rows) + len(result.sql))
        return result

    def check(self, statement: str | exp.Expr, actor: Actor) -> GuardedStatement:
        """What `run` would run, without running it.

        Raises:
            SqlRejectedError: it would be refused.
        """
        return self._checked(statement, self.scope(actor))

    def scope(self, actor: Actor) -> GuardScope:
        """What `actor` may read in the warehouse that serves now."""
        physical = self._engine.tables()
        cached = self._scopes.get((actor.brand_ids, id(physical)))
        if cached is not None and cached[0] is physical:
            return cached[1]
        scope = scope_for(actor, policy=self._policy, physical=physical, dialect=self._engine.dialect)
        if len(self._scopes) > 256:
            self._scopes.clear()
        self._scopes[actor.brand_ids, id(physical)] = (physical, scope)
        return scope

    def _checked(self, statement: str | exp.Expr, scope: GuardScope) -> GuardedStatement:
        """The gate; a text that passed it under the same scope need not pass again."""
        text = statement if isinstance(statement, str) else statement.sql(dialect=scope.dialect, comments=False)
        kind = "text" if isinstance(statement, str) else "tree"
        key = CacheKey(scope.key, kind, text, (0, 0))
        known = self._statements.get(key)
        if known is None:
            known = check(statement, scope)
            self._statements.put(key, known, len(text) + len(known.sql) + 200)
        return known

    def _checked_result(
        self, result: QueryResult, guarded: GuardedStatement, people_column: str | None
    ) -> GuardedResult:
        rows, identifiers = redact_identifiers(result.rows)
        checks = [identifiers]
        if self._policy.min_people > 1 and people_column is not None:
            rows, check_ = self._large_groups(rows, result.columns, people_column)
            checks.append(check_)
        return GuardedResult(
            sql=guarded.sql,
            columns=result.columns,
            rows=rows,
            truncated=result.truncated,
            elapsed_ms=result.elapsed_ms,
            guard_ms=0.0,
            snapshot="",
            findings=_findings(checks),
            checks=tuple(checks),
        )

    def _large_groups(
        self, rows: tuple[Row, ...], columns: tuple[str, ...], people_column: str
    ) -> tuple[tuple[Row, ...], ResultCheck]:
        if people_column not in columns:
            raise SqlRejectedError(f"the statement has no column {people_column!r} that counts people")
        least = self._policy.min_people
        kept, left_out = suppress_small_groups(rows, columns.index(people_column), least)
        detail = f"{left_out} groups of fewer than {least} people left out"
        return kept, ResultCheck("small_groups", passed=left_out == 0, detail=detail)


def _findings(checks: list[ResultCheck]) -> tuple[Finding, ...]:
    return tuple(
        Finding(f"result_{item.name}", item.detail, "Ask for broader groups, or for other columns.")
        for item in checks
        if not item.passed
    )
