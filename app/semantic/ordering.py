"""The order of the rows: what was asked, else the natural one; ties are broken by the keys, so it never varies."""

from sqlglot import exp

from app.semantic import expressions as ex
from app.semantic.branches import OTHER
from app.semantic.model import Dimension
from app.semantic.request import Request


def order_terms(
    request: Request,
    keys: dict[str, exp.Expr],
    first_metric: str,
    hidden: exp.Expr | None,
    *,
    other: str | None,
) -> list[exp.Expr]:
    """The terms of ORDER BY; empty for a single row. `hidden` replaces an ordered column that is not shown."""
    if not keys:
        return []
    query, terms = request.query, []
    if query.order is not None:
        by = query.order.by
        if by in keys:
            terms += _key_terms(request, by, keys, descending=query.order.descending)
        else:
            terms.append(_term(hidden or ex.column(by.replace("@", "_")), descending=query.order.descending))
    elif request.grain is None:
        terms += _default_terms(request, keys, first_metric)
    if other is not None:
        last = exp.Case(ifs=[exp.If(this=exp.EQ(this=keys[other].copy(), expression=exp.Literal.string(OTHER)),
                                    true=ex.number(1))], default=ex.number(0))  # fmt: skip
        terms.insert(0, _term(last))
    named = {term.this.name for term in terms if isinstance(term.this, exp.Column)}
    if "period" in keys and "period" not in named:
        terms.insert(0, _term(ex.column("period"))) if query.order is None else terms.append(_term(ex.column("period")))
    terms += [_term(ex.column(name)) for name in query.dimensions if name not in named]
    return terms


def _default_terms(request: Request, keys: dict[str, exp.Expr], first_metric: str) -> list[exp.Expr]:
    first = request.query.dimensions[0]
    dimension = request.model.dimensions[first]
    if dimension.order or dimension.kind == "time" or dimension.type in ("date", "timestamp"):
        return _key_terms(request, first, keys, descending=False)
    return [_term(ex.column(first_metric), descending=True)]


def _key_terms(request: Request, name: str, keys: dict[str, exp.Expr], *, descending: bool) -> list[exp.Expr]:
    dimension = request.model.dimensions.get(name)
    terms: list[exp.Expr] = []
    if dimension is not None and dimension.order:
        terms.append(_term(_position(dimension, keys[name]), descending=descending))
    return [*terms, _term(ex.column(name), descending=descending)]


def _position(dimension: Dimension, this: exp.Expr) -> exp.Expr:
    ifs = [
        exp.If(this=exp.EQ(this=this.copy(), expression=exp.Literal.string(word)), true=ex.number(n))
        for n, word in enumerate(dimension.order)
    ]
    return exp.Case(ifs=ifs, default=ex.number(len(ifs)))


def _term(this: exp.Expr, *, descending: bool = False) -> exp.Ordered:
    return exp.Ordered(this=this, desc=descending, nulls_first=False)
