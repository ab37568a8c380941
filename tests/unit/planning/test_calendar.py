"""The brand calendar: what ships is sound, and what is broken is reported whole."""

from pathlib import Path

import pytest
from lunardate import LunarDate
from time_cases import ROOT, brand_calendar

from app.core.errors import ConfigurationError
from app.planning.calendar import load_calendar


def test_the_shipped_calendar_covers_five_years_and_names_its_sources() -> None:
    calendar = brand_calendar()
    assert len(calendar.events) >= 39
    assert all({2023, 2024, 2025, 2026, 2027} <= set(event.years) for event in calendar.events)
    assert all(event.source for event in calendar.events)


@pytest.mark.parametrize(
    ("event", "month", "day"), [("cny", 1, 1), ("dragon", 5, 5), ("qixi", 7, 7), ("midautumn", 8, 15)]
)
def test_lunar_days_agree_with_the_lunar_calendar(event: str, month: int, day: int) -> None:
    for year, instance in brand_calendar().event(event).years.items():
        assert instance.day == LunarDate(year, month, day).to_solar_date()


def test_every_problem_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    text = (ROOT / "knowledge" / "calendar" / "promo.yaml").read_text(encoding="utf-8")
    broken = text.replace("start: 2026-05-31, end: 2026-06-20", "start: 2026-06-30, end: 2026-06-20")
    broken = broken.replace("warmup_days: 35", "warmup_days: many", 1)
    (tmp_path / "promo.yaml").write_text(broken, encoding="utf-8")
    (tmp_path / "periods.yaml").write_text("week_starts_on: [", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_calendar(tmp_path)
    problems = "\n".join(caught.value.problems)
    line = next(n for n, row in enumerate(broken.splitlines(), 1) if "many" in row)
    assert f"promo.yaml:{line}:" in problems
    assert "2026-06-30 is after its end" in problems
    assert "periods.yaml:2: not YAML" in problems


def test_a_missing_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="can't be read"):
        load_calendar(tmp_path)


def test_one_word_for_two_events_is_refused(tmp_path: Path) -> None:
    for name in ("promo.yaml", "periods.yaml"):
        text = (ROOT / "knowledge" / "calendar" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace('"光棍节"', '"光棍节", "七夕"'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="names both"):
        load_calendar(tmp_path)
