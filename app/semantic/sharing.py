"""What a statement would compute twice, it computes once: repeated derived tables become a CTE.

A person's first order is looked up by every comparison and every cohort, always over all days. Engines do not notice
that two subqueries are the same; they do keep a CTE that is read twice (ClickHouse writes it out again, and is no worse
off).
"""

from sqlglot import exp


def share_repeated(tree: exp.Select) -> None:
    """Put grouped subqueries that stand in several FROM items into CTEs of `tree`, in place. Same rows as before."""
    while (same := _largest_repeated(tree)) is not None:
        first, *others = same
        name = _free_name(f"shared_{first.alias}", tree)
        body = first.this
        for item in (first, *others):
            alias = exp.TableAlias(this=exp.to_identifier(item.alias))
            item.replace(exp.Table(this=exp.to_identifier(name), alias=alias))
        cte = exp.CTE(this=body, alias=exp.TableAlias(this=exp.to_identifier(name)))
        listed = tree.args.get("with_")
        # In front: what was shared earlier is larger, and may read this one.
        tree.set("with_", exp.With(expressions=[cte, *(listed.expressions if listed else [])]))


def _largest_repeated(tree: exp.Select) -> list[exp.Subquery] | None:
    """FROM items with the same query, the ones that hold most. None = nothing is repeated."""
    names = {cte.alias for cte in tree.find_all(exp.CTE)}
    groups: dict[exp.Expr, list[exp.Subquery]] = {}  # trees are equal by hash, so the text is compared too
    for item in tree.find_all(exp.Subquery):
        if isinstance(item.parent, exp.From | exp.Join) and item.alias and _is_worth_keeping(item.this):
            groups.setdefault(item.this, []).append(item)
    # Outer queries come first, so the first that repeats holds the others that repeat inside it.
    for same in groups.values():
        if len(same) < 2 or any(table.name in names for table in same[0].find_all(exp.Table)):
            continue
        if len({item.this.sql() for item in same}) == 1:
            return same
    return None


def _is_worth_keeping(query: exp.Expr) -> bool:
    """Grouped rows are few and dear. Plain rows are better read where their filters are."""
    return query.find(exp.Group) is not None


def _free_name(wanted: str, tree: exp.Select) -> str:
    taken = {table.name for table in tree.find_all(exp.Table)}
    name, n = wanted, 1
    while name in taken:
        n += 1
        name = f"{wanted}_{n}"
    return name
