"""A model meets a warehouse that is not quite the contract: rules that can't be applied, values spelled otherwise."""

from pathlib import Path

from app.semantic import loader
from app.semantic.fitting import fit
from app.semantic.model import SemanticModel
from app.semantic.stored_values import as_stored
from app.warehouse.contract import TABLES
from app.warehouse.engine import TableInfo

MODEL: SemanticModel = loader.load(Path(__file__).resolve().parents[3] / "knowledge" / "semantic")
WHOLE = {name: TableInfo(name, dict(table.columns)) for name, table in TABLES.items()}


def without(table: str, column: str | None = None) -> dict[str, TableInfo]:
    if column is None:
        return {name: info for name, info in WHOLE.items() if name != table}
    kept = {name: kind for name, kind in WHOLE[table].columns.items() if name != column}
    return {**WHOLE, table: TableInfo(table, kept)}


def test_a_whole_warehouse_leaves_the_model_as_it_is() -> None:
    assert fit(MODEL, WHOLE).model is MODEL
    assert not fit(MODEL, WHOLE).unapplied


def test_without_the_staff_list_the_exclusion_goes_and_is_named() -> None:
    for tables in (without("members"), without("members", "is_staff")):
        fitted = fit(MODEL, tables)
        assert fitted.unapplied == {"orders": ("staff",)}
        assert all(not dataset.exclude for dataset in fitted.model.datasets.values())


def test_another_missing_table_changes_nothing() -> None:
    assert fit(MODEL, without("coupons")).model is MODEL


def test_a_stored_label_takes_the_place_of_its_absent_code() -> None:
    tier = as_stored(MODEL, {"member_tier": ("金卡", "钻石卡")}).dimensions["member_tier"]
    declared = MODEL.dimensions["member_tier"]
    assert tier.values["金卡"] == declared.values["gold"]
    assert "gold" not in tier.values
    assert "钻石卡" not in tier.values
    assert len(tier.values) == len(declared.values)


def test_letter_case_is_no_difference() -> None:
    assert "Tmall" in as_stored(MODEL, {"channel": ("Tmall", "kuaishou")}).dimensions["channel"].values


def test_a_held_code_keeps_its_names() -> None:
    assert as_stored(MODEL, {"member_tier": ("gold", "金卡")}) is MODEL
    assert as_stored(MODEL, {"channel": ("tmall", "douyin")}) is MODEL
