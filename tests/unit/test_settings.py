import re
from pathlib import Path

import pytest

from app.core.errors import ConfigurationError
from app.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]


def documented() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return dict(re.findall(r"^# QIANMIAN_([A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_the_example_file_lists_every_setting_with_its_default() -> None:
    fields = {
        name.upper(): "" if field.default is None else str(field.default).removeprefix(f"{ROOT}/").lower()
        for name, field in Settings.model_fields.items()
    }
    assert {name: value.lower() for name, value in documented().items()} == fields


def test_every_setting_says_what_it_is_for() -> None:
    source = (ROOT / "app" / "settings.py").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert re.search(rf'^    {name}: .*\n    """.+"""$', source, re.MULTILINE), name


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QIANMIAN_PORT", "eighty")
    monkeypatch.setenv("QIANMIAN_LANGUAGE", "fr")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["QIANMIAN_PORT", "QIANMIAN_LANGUAGE"]
    assert "eighty" not in str(caught.value)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QIANMIAN_PORT", "9000")
    assert load_settings().port == 9000
