"""A FROM clause under construction: one dataset and the joins that its expressions turn out to need.

This is the only place where a dataset becomes a FROM item (`_item`), so whatever must hold for every read of a table
holds here. Only many→one relationships are walked, so a join never multiplies rows. A required relationship is always
an INNER JOIN; every other join is a LEFT JOIN to a table, or to a subquery when the target has row rules of its own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from app.core.errors import ImpossibleSplitError
from app.semantic import expressions as ex
from app.semantic.model import Dataset, Matched, Pairing, Relationship, SemanticModel

Given = Callable[["Source"], exp.Expr]
"""A placeholder's value; it may depend on the row, so it is asked from the source that needs it."""
Givens = Mapping[str, Given]


def with_days(givens: Givens, days: int | None) -> Givens:
    """The placeholders with a number of days, where there is one."""
    if days is None:
        return givens
    return {**givens, "days": lambda _: exp.Literal.number(days)}


@dataclass(eq=False)
class Node:
    """One dataset inside a FROM clause."""

    dataset: Dataset
    alias: str
    inline: bool
    """True: its fields are expressions over its table here. False: a subquery provides the fields by name."""
    required: bool = True
    on: exp.Expr | None = None
    needed: dict[str, None] = field(default_factory=dict)
    children: dict[str, "Node"] = field(default_factory=dict)


@dataclass(eq=False)
class MatchedJoin:
    """A LEFT JOIN to the distinct keys that have a match."""

    alias: str
    select: exp.Select
    on: exp.Expr
    flag: exp.Expr


class Source:
    """One dataset, and everything that gets joined to it.

    `literal` placeholders are used inside subqueries, where no row of the asked bucket is at hand.
    """

    def __init__(
        self,
        model: SemanticModel,
        dataset: Dataset,
        *,
        givens: Givens,
        literal: Givens,
        tables: set[str],
        alias: str | None = None,
        prune: Callable[["Source"], list[exp.Expr]] | None = None,
        reserved: Iterable[str] = (),
    ) -> None:
        self.model = model
        self.givens = givens
        self.literal = literal
        self.tables = tables
        self.prune = prune
        # An alias that is also an output's name confuses ClickHouse's resolution of `alias.column`.
        self._aliases: set[str] = set(reserved)
        self._nodes: list[Node] = []
        self._matched: dict[tuple[str, str], MatchedJoin] = {}
        self._rules: list[exp.Expr] = []
        self._extra_joins: list[exp.Join] = []
        self.root = self._add_inline(dataset, alias or dataset.id, on=None)

    # -- reading fields ------------------------------------------------------------------------------------------------

    def resolve(self, text: str, node: Node | None = None, givens: Givens | None = None) -> exp.Expr:
        """The expression with every field, relationship walk, matched flag and placeholder put in place."""
        here, values = node or self.root, givens or self.givens
        return ex.replace_columns(ex.parse(text), lambda column: self._column(here, column, values))

    def _column(self, node: Node, column: exp.Column, givens: Givens) -> exp.Expr:
        placeholder = ex.placeholder_of(column)
        if placeholder is not None:
            return givens[placeholder](self)
        *walk, name = ex.path_of(column)
        if walk == ["matched"]:
            return self._matched_flag(node, self.model.matched[name], givens)
        return self.field(name, self.walk(tuple(walk), node))

    def field(self, name: str, node: Node | None = None) -> exp.Expr:
        """A field of a joined dataset."""
        here = node or self.root
        if not here.inline:
            here.needed.setdefault(name)
            return ex.column(name, here.alias)
        definition = here.dataset.fields.get(name)
        if definition is not None and definition.expr and definition.expr != name:
            return self._defined(name, definition.expr, here)
        if here.dataset.derive is not None:
            here.needed.setdefault(name)
        return ex.column(name, here.alias)

    def _defined(self, name: str, text: str, node: Node) -> exp.Expr:
        # Its own name inside the expression is the physical column, not the field again.
        def value(column: exp.Column) -> exp.Expr:
            if ex.path_of(column) == (name,):
                return ex.column(name, node.alias)
            return self._column(node, column, self.givens)

        return ex.replace_columns(ex.parse(text), value)

    def walk(self, relationships: tuple[str, ...], node: Node | None = None) -> Node:
        """The dataset at the end of a path of relationships, joined when it was not yet."""
        here = node or self.root
        for role in relationships:
            here = here.children.get(role) or self._join(here, role)
        return here

    # -- joining -------------------------------------------------------------------------------------------------------

    def _join(self, parent: Node, role: str) -> Node:
        relationship = parent.dataset.relationships[role]
        target = self.model.datasets[relationship.to]
        inner = relationship.required and parent.required
        if inner and target.derive is None:
            node = self._add_inline(target, role, on=None, before_children=lambda n: self._on(parent, n, relationship))
        else:
            plain = target.table and not (target.where or target.exclude or _requires(target))
            node = Node(target, self._free_alias(role), inline=bool(plain), required=inner)
            self._nodes.append(node)
            node.on = self._on(parent, node, relationship)
        parent.children[role] = node
        return node

    def _on(self, parent: Node, node: Node, relationship: Relationship) -> exp.Expr:
        pairs = [
            exp.EQ(this=self.field(theirs, node), expression=self.field(ours, parent))
            for ours, theirs in relationship.on.items()
        ]
        joined = ex.and_(list(pairs))
        assert joined is not None, "the loader checks that `on` is not empty"  # noqa: S101
        return joined

    def _add_inline(
        self,
        dataset: Dataset,
        alias: str,
        *,
        on: exp.Expr | None,
        before_children: Callable[[Node], exp.Expr] | None = None,
    ) -> Node:
        node = Node(dataset, self._free_alias(alias), inline=True, on=on)
        self._nodes.append(node)
        if before_children is not None:
            node.on = before_children(node)
        for role, relationship in dataset.relationships.items():
            if relationship.required:
                self.walk((role,), node)
        if dataset.where:
            self._rules.append(self.resolve(dataset.where, node))
        self._rules.extend(self._exclusions(node))
        return node

    def _exclusions(self, node: Node) -> list[exp.Expr]:
        return [self._exclusion(node, rule.field, rule.dataset, rule.key) for rule in node.dataset.exclude]

    def _exclusion(self, node: Node, name: str, dataset: str, key: str) -> exp.Expr:
        inside = self.nested(self.model.datasets[dataset])
        theirs = inside.field(key)
        keys = inside.select([ex.aliased(theirs, key)], [_not_null(theirs.copy())])
        ours = self.field(name, node)
        definition = node.dataset.fields.get(name)
        if definition is None or definition.type == "string":
            # COALESCE, not "IS NULL OR": a single anti-join in every engine.
            ours = exp.Coalesce(this=ours, expressions=[exp.Literal.string("")])
            return exp.Not(this=exp.In(this=ours, query=exp.Subquery(this=keys)))
        kept = exp.Not(this=exp.In(this=ours, query=exp.Subquery(this=keys)))
        return exp.Or(this=exp.Is(this=ours.copy(), expression=exp.null()), expression=kept)

    def _free_alias(self, wanted: str) -> str:
        alias, n = wanted, 1
        while alias in self._aliases:
            n += 1
            alias = f"{wanted}_{n}"
        self._aliases.add(alias)
        return alias

    def join_keys(self, query: exp.Expr, alias: str, on: exp.Expr, side: str = "") -> None:
        """Join something that is not a dataset: a CTE of keys, or the list of periods."""
        self._aliases.add(alias)
        self._extra_joins.append(exp.Join(this=query, side=side or None, on=on))

    def pair_with(self, pair: Pairing) -> None:
        """Join every row of another dataset that fits a row here; its fields are then read as `other.field`."""
        target = self.model.datasets[pair.dataset]
        other = Node(target, self._free_alias(f"other_{pair.dataset}"), inline=False, required=not pair.unmatched)
        self._nodes.append(other)
        self.root.children["other"] = other
        keys = [exp.EQ(this=self.field(theirs, other), expression=self.field(ours)) for ours, theirs in pair.on.items()]
        sides = {"this": (self, self.root), "other": (self, other)}
        further = [_resolve_sides(pair.when, sides, self.literal, self)] if pair.when else []
        other.on = ex.and_([*keys, *further])

    # -- matched flags -------------------------------------------------------------------------------------------------

    def _matched_flag(self, node: Node, matched: Matched, givens: Givens) -> exp.Expr:
        key = (matched.id, _days_text(givens, self))
        join = self._matched.get(key)
        if join is None:
            join = self._matched_join(node, matched, givens)
            self._matched[key] = join
        return join.flag.copy()

    def _matched_join(self, node: Node, matched: Matched, givens: Givens) -> MatchedJoin:
        alias = self._free_alias(f"matched_{matched.id}")
        if self._depends_on_row(matched, givens):
            select, pairs = self._correlated_keys(matched, givens)
        else:
            select, pairs = self._plain_keys(matched, givens)
        on = ex.and_([exp.EQ(this=ex.column(b, alias), expression=self.field(a, node)) for a, b in pairs])
        assert on is not None, "the loader checks that `on` is not empty"  # noqa: S101
        return MatchedJoin(alias, select, on, _not_null(ex.column(pairs[0][1], alias)))

    def _depends_on_row(self, matched: Matched, givens: Givens) -> bool:
        """Whether each row has its own condition: it names `this`, or a bound that moves with the row's bucket."""
        if not matched.when:
            return False
        moving = {name for name in ex.placeholders(matched.when) - {"days"} if givens[name] is not self.literal[name]}
        return bool(moving) or any(path[0] == "this" for path in ex.references(matched.when))

    def _plain_keys(self, matched: Matched, givens: Givens) -> tuple[exp.Select, list[tuple[str, str]]]:
        """The keys of the other dataset; enough when the condition looks at the other side only."""
        other = self.nested(self.model.datasets[matched.other])
        keys = {theirs: other.field(theirs) for theirs in matched.on.values()}
        conditions = [_not_null(key.copy()) for key in keys.values()]
        if matched.when:
            conditions.append(_resolve_sides(matched.when, {"other": (other, other.root)}, self._inner(givens)))
        named: list[exp.Expr] = [ex.aliased(key, name) for name, key in keys.items()]
        select = other.select(named, conditions).distinct(copy=False)
        return select, list(matched.on.items())

    def _correlated_keys(self, matched: Matched, givens: Givens) -> tuple[exp.Select, list[tuple[str, str]]]:
        """The keys of this dataset's own rows that have a match: the condition compares both sides of each pair."""
        this = Source(
            self.model, self.model.datasets[matched.dataset],
            givens=self.givens, literal=self.literal, tables=self.tables, prune=self.prune,
        )  # fmt: skip
        target = self.model.datasets[matched.other]
        other = Node(target, this._free_alias(matched.other), inline=False)
        this._nodes.append(other)
        pairs = [
            exp.EQ(this=this.field(theirs, other), expression=this.field(ours)) for ours, theirs in matched.on.items()
        ]
        condition = _resolve_sides(
            matched.when or "", {"this": (this, this.root), "other": (this, other)}, givens, this
        )
        other.on = ex.and_([*pairs, condition])
        keys = {name: this.field(name) for name in matched_key(this.root.dataset)}
        outputs: list[exp.Expr] = [ex.aliased(key, name) for name, key in keys.items()]
        select = this.select(outputs, this.prune(this) if this.prune else []).distinct(copy=False)
        return select, [(name, name) for name in keys]

    def _inner(self, givens: Givens) -> Givens:
        return {**self.literal, "days": givens["days"]}

    # -- building ------------------------------------------------------------------------------------------------------

    def nested(self, dataset: Dataset, alias: str | None = None) -> "Source":
        """A source for a subquery: same model, literal placeholders only."""
        return Source(
            self.model, dataset, givens=self.literal, literal=self.literal, tables=self.tables, alias=alias
        )  # fmt: skip

    def select(self, outputs: list[exp.Expr], conditions: list[exp.Expr]) -> exp.Select:
        """`SELECT outputs FROM … WHERE the datasets' own rules AND conditions`. Call it last, and once."""
        select = exp.Select(expressions=outputs)
        first, *others = self._nodes
        select.set("from_", exp.From(this=self._item(first)))
        for node in others:
            select.append("joins", exp.Join(this=self._item(node), side=None if node.required else "LEFT", on=node.on))
        for join in self._matched.values():
            item = exp.Subquery(this=join.select, alias=_table_alias(join.alias))
            select.append("joins", exp.Join(this=item, side="LEFT", on=join.on))
        for extra in self._extra_joins:
            select.append("joins", extra)
        where = ex.and_([*self._rules, *conditions])
        if where is not None:
            select.set("where", exp.Where(this=where))
        return select

    def _item(self, node: Node) -> exp.Expr:
        """What stands in FROM for a dataset."""
        dataset = node.dataset
        if node.inline and dataset.table:
            self.tables.add(dataset.table)
            alias = None if dataset.table == node.alias else _table_alias(node.alias)
            return exp.Table(this=exp.to_identifier(dataset.table), alias=alias)
        query = self._derived(dataset, node.needed) if node.inline else self._wrapped(dataset, node.needed)
        return exp.Subquery(this=query, alias=_table_alias(node.alias))

    def _wrapped(self, dataset: Dataset, needed: Mapping[str, None]) -> exp.Select:
        inside = self.nested(dataset)
        names = list(needed) or list(dataset.key)
        return inside.select([ex.aliased(inside.field(name), name) for name in names], [])

    def _derived(self, dataset: Dataset, needed: Mapping[str, None]) -> exp.Select:
        derive = dataset.derive
        assert derive is not None, "an inline dataset without a table is derived"  # noqa: S101
        base = self.model.datasets[derive.dataset]
        inside = self.nested(base)
        if derive.pair is not None:
            inside.pair_with(derive.pair)
        aggregates = {name: text for name, text in derive.columns.items() if name in needed}
        # Rows that the base's own key tells apart are groups already: grouping them again would sort a whole table.
        is_grouped = bool(aggregates) or not set(base.key) <= set(derive.group_by)
        names = {name.split(".")[-1]: name for name in derive.group_by}
        if not is_grouped:
            names = {
                short: name for short, name in names.items() if short in needed or (not needed and name in base.key)
            }
        groups = {short: inside.resolve(name) for short, name in names.items()}
        outputs: list[exp.Expr] = [ex.aliased(tree, name) for name, tree in groups.items()]
        outputs += [ex.aliased(inside.resolve(text), name) for name, text in aggregates.items()]
        outputs += [ex.aliased(inside.resolve(text), name) for name, text in derive.windows.items() if name in needed]
        select = inside.select(outputs, [inside.resolve(derive.where)] if derive.where else [])
        if is_grouped:
            select.set("group", exp.Group(expressions=[tree.copy() for tree in groups.values()]))
        return select


def matched_key(dataset: Dataset) -> tuple[str, ...]:
    """The fields that tell the dataset's rows apart."""
    return dataset.key


def _resolve_sides(
    text: str,
    sides: Mapping[str, tuple[Source, Node]],
    givens: Givens,
    row: Source | None = None,
) -> exp.Expr:
    """A condition over `this.field` and `other.field`."""

    def value(column: exp.Column) -> exp.Expr:
        placeholder = ex.placeholder_of(column)
        if placeholder is not None:
            return givens[placeholder](row or next(iter(sides.values()))[0])
        side, *walk, name = ex.path_of(column)
        source, node = sides[side]
        return source.field(name, source.walk(tuple(walk), node))

    return ex.replace_columns(ex.parse(text), value)


def _days_text(givens: Givens, source: Source) -> str:
    try:
        return givens["days"](source).sql()
    except ImpossibleSplitError:
        return ""


def _requires(dataset: Dataset) -> bool:
    return any(relationship.required for relationship in dataset.relationships.values())


def _not_null(this: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=this, expression=exp.null()))


def _table_alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name))
