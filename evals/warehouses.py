"""The warehouses that every case is asked on: the demo brand, and what is derived from it with other numbers.

Built once and kept, named by a hash of everything they are made from.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import duckdb
import yaml

import app.demo
from app.demo.generate import DEFAULT_SEED, generate
from app.warehouse import contract

HERE = Path(__file__).resolve().parent
MUTATIONS = HERE / "mutations"
OTHER_SEED = 4711
_RENAMED_COLUMNS = {
    "products": ("name", "category", "series"), "stores": ("name",), "member_tags": ("value",), "campaigns": ("name",),
}  # fmt: skip

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Warehouse:
    """One file to ask on. `id` changes with its content."""

    name: str
    path: Path
    id: str
    renames: Mapping[str, str] = field(default_factory=dict)
    """Names of the demo → what they are called here; to be replaced in questions and gold SQL alike."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a warehouse is made: the demo of a seed, statements run on it, names replaced."""

    name: str
    seed: int = DEFAULT_SEED
    sql: str = ""
    renames: str = ""


RECIPES: tuple[Recipe, ...] = (
    Recipe("demo"),
    Recipe("other_seed", seed=OTHER_SEED),
    Recipe("shaken", sql="shaken.sql"),
    Recipe("renamed", seed=OTHER_SEED, sql="renamed.sql", renames="renamed.yaml"),
)
"""In order; the first is the one whose answers the report shows."""


def prepare(recipe: Recipe, folder: Path, progress: Progress = lambda _text: None) -> Warehouse:
    """The warehouse of `recipe` below `folder`, built if it is not there yet."""
    renames = renames_of(recipe)
    name = f"{recipe.name}-{_fingerprint(recipe)}"
    path = folder / f"{name}.duckdb"
    if not path.exists():
        progress(f"building warehouse {recipe.name}")
        folder.mkdir(parents=True, exist_ok=True)
        _build(recipe, folder, path, progress)
    return Warehouse(recipe.name, path, name, renames)


def own(path: Path) -> Warehouse:
    """A file of one's own, as it is; known by its size and time of change."""
    stat = path.stat()
    content = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    return Warehouse("own", path, f"own-{_short_hash(content)}")


def _build(recipe: Recipe, folder: Path, path: Path, progress: Progress) -> None:
    """Work in a folder of our own, then rename: a run that is stopped, or one beside it, leaves no half of a file."""
    with tempfile.TemporaryDirectory(prefix="building-", dir=folder) as work:
        draft = Path(work) / "draft.duckdb"
        if not recipe.sql:
            generate(Path(work) / "demo", seed=recipe.seed)
            shutil.move(Path(work) / "demo" / "warehouse.duckdb", draft)
        else:
            original = next(known for known in RECIPES if known.seed == recipe.seed and not known.sql)
            shutil.copyfile(prepare(original, folder, progress).path, draft)
            mutate(recipe, draft)
        draft.replace(path)


def mutate(recipe: Recipe, path: Path) -> None:
    """Change the demo in file `path` as `recipe` says.

    Raises:
        RuntimeError: the last day would move, and with it every relative phrase.
    """
    renames = renames_of(recipe)
    with duckdb.connect(str(path)) as connection:
        last = _last_day(connection)
        connection.execute((MUTATIONS / recipe.sql).read_text(encoding="utf-8"))
        for table, columns in _RENAMED_COLUMNS.items() if renames else ():
            for column in columns:
                _rename(connection, table, column, renames)
        if _last_day(connection) != last:
            raise RuntimeError(f"{recipe.sql} moved the last day from {last}: relative phrases would shift")


def _rename(connection: duckdb.DuckDBPyConnection, table: str, column: str, renames: Mapping[str, str]) -> None:
    # Table and column come from the constant above; the names are bound.
    for was, becomes in renames.items():
        connection.execute(
            f"UPDATE {table} SET {column} = replace({column}, $was, $becomes) WHERE contains({column}, $was)",
            {"was": was, "becomes": becomes},
        )


def _last_day(connection: duckdb.DuckDBPyConnection) -> object:
    found = connection.execute("SELECT CAST(max(greatest(created_at, paid_at)) AS DATE) FROM orders").fetchone()
    return found and found[0]


def renames_of(recipe: Recipe) -> dict[str, str]:
    """Names of the demo → what they are called in the warehouse of `recipe`."""
    if not recipe.renames:
        return {}
    read = yaml.safe_load((MUTATIONS / recipe.renames).read_text(encoding="utf-8"))
    return {str(was): str(becomes) for was, becomes in read.items()}


def _fingerprint(recipe: Recipe) -> str:
    parts = [_demo_sources(), str(recipe.seed)]
    parts += [(MUTATIONS / name).read_text(encoding="utf-8") for name in (recipe.sql, recipe.renames) if name]
    return _short_hash("\0".join(parts))


@cache
def _demo_sources() -> str:
    """Hash of the generator and the contract: a change of either makes other rows."""
    files = sorted(
        path for path in Path(app.demo.__file__).parent.rglob("*") if path.suffix in {".py", ".sql", ".yaml"}
    )
    return _short_hash("\0".join([*(path.read_text(encoding="utf-8") for path in files), contract.CONTRACT_SQL]))


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
