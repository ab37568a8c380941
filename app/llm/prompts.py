"""Prompt files: `prompts/<task>.md`, front matter and two parts, the stable one first so that endpoints can cache it.

---
id: plan_question          the file's own name
version: 3                 raised with every change of the text
inputs: [today, question]  every {{placeholder}} of the text, and no other
output_schema: the tool the reply must call, or "text"
---
stable text (system message)
<!-- context -->
changing text (user message)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.errors import ConfigurationError
from app.llm.client import Message, PromptRef

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_SPLIT = "<!-- context -->"


class _FrontMatter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int = Field(ge=1)
    inputs: tuple[str, ...]
    output_schema: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file. `system` never changes between calls; `user` carries the inputs."""

    id: str
    version: int
    inputs: tuple[str, ...]
    output_schema: str
    system: str
    user: str

    @property
    def ref(self) -> PromptRef:
        """What a call record names."""
        return PromptRef(self.id, self.version)

    def render(self, **inputs: str) -> tuple[Message, ...]:
        """Both messages, with every placeholder filled once: an input that holds `{{…}}` is not filled again.

        Raises:
            ValueError: an input is missing or not declared.
        """
        if set(inputs) != set(self.inputs):
            wrong = sorted(set(inputs) ^ set(self.inputs))
            raise ValueError(f"prompt {self.id!r}: inputs do not match: {', '.join(wrong)}")

        def filled(text: str) -> str:
            return _PLACEHOLDER.sub(lambda match: inputs[match[1]], text)

        return Message("system", filled(self.system)), Message("user", filled(self.user))


@dataclass(frozen=True)
class PromptLibrary:
    """The prompts of a folder, read when first asked for."""

    folder: Path

    @cached_property
    def _prompts(self) -> Mapping[str, Prompt]:
        return load_prompts(self.folder)

    def __getitem__(self, prompt_id: str) -> Prompt:
        """The prompt of that id.

        Raises:
            ConfigurationError: a file is wrong, or there is none of that id.
        """
        found = self._prompts.get(prompt_id)
        if found is None:
            raise ConfigurationError(
                "a prompt is missing", problems=[f"{self.folder.name}/{prompt_id}.md is not there"]
            )
        return found


def load_prompts(folder: Path) -> Mapping[str, Prompt]:
    """Every prompt of `folder` by id.

    Raises:
        ConfigurationError: files are wrong; all of them are named.
    """
    prompts: dict[str, Prompt] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.md")):
        try:
            prompts[path.stem] = _parsed(path)
        except (ValueError, yaml.YAMLError) as error:
            problems.append(f"{folder.name}/{path.name}: {_said(error)}")
    if problems:
        raise ConfigurationError("the prompts are not valid", problems=problems)
    return prompts


def _parsed(path: Path) -> Prompt:
    match = _FRONT_MATTER.match(path.read_text(encoding="utf-8"))
    if match is None:
        raise ValueError("does not begin with front matter between two lines of ---")
    head = _FrontMatter.model_validate(yaml.safe_load(match[1]))
    system, split, user = match[2].partition(_SPLIT)
    if not split or _SPLIT in user:
        raise ValueError(f"needs exactly one line {_SPLIT} between stable and changing text")
    if head.id != path.stem:
        raise ValueError(f"id {head.id!r} is not the file's name")
    used = set(_PLACEHOLDER.findall(match[2]))
    if used != set(head.inputs):
        raise ValueError(f"declared and used inputs differ: {', '.join(sorted(used ^ set(head.inputs)))}")
    return Prompt(head.id, head.version, head.inputs, head.output_schema, system.strip(), user.strip())


def _said(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    return str(error)
