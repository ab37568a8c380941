from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.flows.format import format_change, format_period, format_value, format_window


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (1_234_567, "CNY", "¥123.5万", "¥1.23M"),
        (Decimal("1862.5"), "CNY", "¥1,862.50", "¥1,862.50"),
        (123_456.78, "CNY", "¥123,457", "¥123,457"),
        (-45_000, "CNY", "−¥45,000", "−¥45,000"),
        (99_999_999, "CNY", "¥1.00亿", "¥100.00M"),
        (999_999.6, "CNY", "¥100.0万", "¥1.00M"),
        (2_350_000_000, "CNY", "¥23.50亿", "¥2.35B"),
        (0.186, "rate", "18.6%", "18.6%"),
        (0.0004, "rate", "0.04%", "0.04%"),
        (-0.00001, "rate", "0.00%", "0.00%"),
        (0.008, "pp", "+0.8 pp", "+0.8 pp"),
        (-0.031, "pp", "−3.1 pp", "−3.1 pp"),
        (0.0, "pp", "±0.0 pp", "±0.0 pp"),
        (12_408, "people", "12,408 人", "12,408"),
        (1_240_800, "orders", "124.1万单", "1.24M"),
        (2.345, "items", "2.35 件", "2.35"),
        (3, "times", "3 次", "3"),
        (1, "days", "1 天", "1 day"),
        (3.5, "days", "3.50 天", "3.50 days"),
        (3.456, "ratio", "3.46", "3.46"),
        (7, None, "7", "7"),
        (None, "CNY", "—", "—"),
        (float("nan"), "rate", "—", "—"),
    ],
)
def test_a_value_reads_as_expected(value: object, unit: str | None, zh: str, en: str) -> None:
    assert format_value(value, unit, "zh") == zh
    assert format_value(value, unit, "en") == en


def test_every_digit_on_hover_and_no_unit_word_in_cells() -> None:
    assert format_value(1_234_567.891, "CNY", "zh", compact=False) == "¥1,234,567.89"
    assert format_value(12_408, "people", "zh", unit_word=False) == "12,408"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.1234, "rate", "+12.3%"),
        (-0.1234, "rate", "−12.3%"),
        (0, "rate", "±0.0%"),
        (-0.031, "pp", "−3.1 pp"),
        (12_300, "CNY", "+¥12,300"),
        (-2_000_000, "CNY", "−¥200.0万"),
        (None, "rate", "—"),
    ],
)
def test_a_change_carries_its_sign(value: object, unit: str, text: str) -> None:
    assert format_change(value, unit, "zh") == text


@pytest.mark.parametrize(
    ("value", "grain", "zh", "en"),
    [
        ("2026-09-03", "day", "9月3日 周四", "Thu, Sep 3"),
        ("2026-08-31", "week", "8月31日–9月6日", "Aug 31 – Sep 6"),
        ("2026-09", "month", "2026-09", "2026-09"),
        (date(2026, 9, 1), "month", "2026-09", "2026-09"),
        ("2026-Q3", "quarter", "2026年三季度", "2026 Q3"),
        ("2026", "year", "2026年", "2026"),
        ("2026-09-03 14:00", "hour", "9月3日 14:00", "Sep 3 14:00"),
        ("2026-09-03T14:00:00", "hour", "9月3日 14:00", "Sep 3 14:00"),
        (14, "hour", "14:00", "14:00"),
        (None, "day", "—", "—"),
        ("不明", None, "不明", "不明"),
    ],
)
def test_a_period_reads_as_expected(value: object, grain: str | None, zh: str, en: str) -> None:
    assert format_period(value, grain, "zh") == zh
    assert format_period(value, grain, "en") == en


@pytest.mark.parametrize(
    ("start", "end", "zh", "en"),
    [
        ("2026-09-01", "2026-09-30", "2026年9月", "Sep 2026"),
        ("2026-07-01", "2026-09-30", "2026年三季度", "2026 Q3"),
        ("2026-01-01", "2026-12-31", "2026年", "2026"),
        ("2026-09-03", "2026-09-03", "2026年9月3日 周四", "Thu, Sep 3, 2026"),
        ("2026-09-01", "2026-09-07", "2026年9月1日–7日", "Sep 1 – Sep 7, 2026"),
        ("2026-09-25", "2026-10-01", "2026年9月25日–10月1日", "Sep 25 – Oct 1, 2026"),
        ("2025-11-01", "2026-10-31", "2025年11月–2026年10月", "Nov 2025 – Oct 2026"),
        ("2025-12-25", "2026-01-02", "2025年12月25日–2026年1月2日", "Dec 25, 2025 – Jan 2, 2026"),
    ],
)
def test_a_window_takes_its_shortest_exact_name(start: str, end: str, zh: str, en: str) -> None:
    window = date.fromisoformat(start), date.fromisoformat(end)
    assert format_window(*window, "zh") == zh
    assert format_window(*window, "en") == en


@given(st.floats(min_value=-1e12, max_value=1e12, allow_nan=False), st.sampled_from(["CNY", "people", "rate", "ratio"]))
def test_the_text_stands_for_the_number_within_its_rounding(value: float, unit: str) -> None:
    text = format_value(value, unit, "zh").replace("−", "-").replace("¥", "").replace(",", "").replace(" 人", "")
    factor = 1.0
    for suffix, size in (("亿", 1e8), ("万", 1e4), ("%", 0.01)):
        if suffix in text:
            text, factor = text.replace(suffix, "").replace("人", ""), size
    shown = float(text) * factor
    half_of_last_place = 0.5 * 10.0 ** -len(text.partition(".")[2]) * factor
    assert abs(shown - value) <= half_of_last_place * (1 + 1e-6) + abs(value) * 1e-15 + 1e-9
