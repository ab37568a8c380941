"""Case files are read strictly, and everything that is wrong is said at once."""

from pathlib import Path

import pytest

from evals.ask import can_be_renamed, renamed
from evals.cases import Case, CasesError, load_cases, select

GOOD = "- {id: rank.1, question: 9月GMV, form: written, tags: [x], expect: {sql: SELECT 1}}\n"


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_all_problems_of_all_files_are_reported_together(tmp_path: Path) -> None:
    write(tmp_path, "a/one.yaml", "- {id: a.1, question: x, form: shouted, expect: {sql: SELECT 1, refuse: true}}\n")
    write(tmp_path, "b/two.yaml", GOOD + GOOD + "- {id: b.1, question: x, form: written, expect: {}}\n- text\n")
    write(tmp_path, "c/three.yaml", "a: [")
    write(
        tmp_path,
        "d/four.yaml",
        "- {id: d.1, question: x, form: written, set: dev, expect: {ordered: true, refuse: true}}",
    )
    with pytest.raises(CasesError) as raised:
        load_cases(tmp_path)
    text = str(raised.value)
    for part in (
        "a/one.yaml a.1: form",
        "exactly one of",
        "'rank.1' is used",
        "b.1",
        "b/two.yaml ?",
        "c/three.yaml",
        "d.1: set",
    ):
        assert part in text


def test_a_case_knows_its_category_its_suite_and_whether_it_is_held_out(tmp_path: Path) -> None:
    write(tmp_path, "rank/first.yaml", GOOD)
    write(tmp_path, "exam_z/held.yaml", GOOD.replace("rank.1", "time.z_1"))
    write(tmp_path, "share/x.yaml", GOOD.replace("rank.1", "second-share-01"))
    write(tmp_path, "time/phrases.yaml", "not: cases")
    found = {case.id: (case.category, case.suite, case.set) for case in load_cases(tmp_path)}
    assert found == {
        "rank.1": ("rank", "house", "dev"), "time.z_1": ("time", "exam_z", "held"),
        "second-share-01": ("share", "house", "dev"),
    }  # fmt: skip
    cases = load_cases(tmp_path)
    assert [case.id for case in select(cases, which="held")] == ["time.z_1"]
    assert {case.id for case in select(cases, only=["share", "rank.1"])} == {"rank.1", "second-share-01"}
    assert [case.id for case in select(cases, which="dev", only=["x", "sql"])] == ["rank.1", "second-share-01"]


def test_the_shipped_cases_are_sound_and_of_every_kind_and_form() -> None:
    cases = load_cases()
    kinds = [case.expect.kind for case in cases]
    assert len(cases) >= 400
    assert kinds.count("refuse") >= 40
    assert {case.form for case in cases} == {"spoken", "written", "typo", "traditional", "english", "mixed"}
    assert {case.set for case in cases} == {"dev", "held"}


def asking(question: str, sql: str) -> Case:
    return Case.model_validate({"id": "a.1", "question": question, "form": "written", "expect": {"sql": sql}})


@pytest.mark.parametrize(
    ("question", "fits"),
    [
        ("精华卖了多少", True),
        ("serum sales", False),
        ("精华 (serum) 卖了多少", False),
        ("精华液卖了多少", False),
        ("卖了多少", False),
    ],
)
def test_a_case_goes_to_renamed_goods_only_if_its_question_can_be_renamed_too(question: str, fits: bool) -> None:
    names, aliases = {"精华": "凝露"}, {"精华": ("serum", "精华液", "华")}
    assert can_be_renamed(asking(question, "SELECT 1 WHERE category = '精华'"), names, aliases) is fits
    assert can_be_renamed(asking(question, "SELECT 1"), names, aliases)


def test_longer_names_are_replaced_first() -> None:
    assert renamed("防晒霜和防晒", {"防晒": "隔离", "防晒霜": "隔离乳"}) == "隔离乳和隔离"
