import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import ConfigurationError
from app.llm.prompts import PromptLibrary, load_prompts

ROOT = Path(__file__).parents[3]
PROMPTS = load_prompts(ROOT / "prompts")
ADDRESSED = re.compile(r"你是|调用工具|只输出")


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_every_prompt_renders_with_its_declared_inputs(prompt) -> None:  # type: ignore[no-untyped-def]
    system, user = prompt.render(**{name: f"<{name}>" for name in prompt.inputs})
    assert (system.role, user.role) == ("system", "user")
    assert all(f"<{name}>" in system.content + user.content for name in prompt.inputs)
    assert "{{" not in system.content + user.content
    assert system.content


def test_what_changes_with_every_question_stands_behind_what_does_not() -> None:
    for prompt in PROMPTS.values():
        assert "{{question}}" not in prompt.system
    assert PROMPTS["plan_question"].user.endswith("{{question}}")


def test_every_prompt_is_used_and_every_used_prompt_is_there() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "app").rglob("*.py")))
    assert set(re.findall(r'prompts\["(\w+)"\]', code)) == set(PROMPTS)


def test_no_prompt_text_is_in_the_code() -> None:
    """A Chinese text addressed to a model ("调用工具", "只输出 …") belongs into a file of its own."""
    found = [
        f"{path.name}:{node.lineno}: {node.value[:30]}"
        for path in sorted((ROOT / "app").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ADDRESSED.search(node.value)
    ]
    assert [line for line in found if "你是不是想说" not in line] == []


@given(st.dictionaries(st.sampled_from(["problems"]), st.text(), min_size=1))
def test_an_input_is_never_a_template(inputs: dict[str, str]) -> None:
    text = inputs["problems"] + "{{problems}}"
    assert text in PROMPTS["repair_plan"].render(problems=text)[1].content


def test_a_missing_or_unknown_input_is_an_error() -> None:
    with pytest.raises(ValueError, match="problems"):
        PROMPTS["repair_plan"].render()
    with pytest.raises(ValueError, match="more"):
        PROMPTS["repair_plan"].render(problems="x", more="y")


BROKEN = {
    "no_front": "text\n<!-- context -->",
    "no_split": "---\nid: no_split\nversion: 1\ninputs: []\noutput_schema: text\n---\nx",
    "other_name": "---\nid: another\nversion: 1\ninputs: []\noutput_schema: text\n---\nx\n<!-- context -->",
    "undeclared": "---\nid: undeclared\nversion: 1\ninputs: []\noutput_schema: text\n---\n{{a}}\n<!-- context -->",
    "unused": "---\nid: unused\nversion: 1\ninputs: [a]\noutput_schema: text\n---\nx\n<!-- context -->",
    "no_version": "---\nid: no_version\ninputs: []\noutput_schema: text\n---\nx\n<!-- context -->",
    "bad_yaml": "---\nid: [\n---\nx\n<!-- context -->",
}


def test_all_broken_files_are_named_at_once(tmp_path: Path) -> None:
    for name, text in BROKEN.items():
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_prompts(tmp_path)
    assert {problem.split(".md")[0].split("/")[1] for problem in caught.value.problems} == set(BROKEN)


def test_a_prompt_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"haiku\.md"):
        PromptLibrary(tmp_path)["haiku"]
