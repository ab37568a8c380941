"""Every expected error as an answer: refused where the asker can mend it, failed where they can't."""

from collections.abc import Iterable
from typing import Any

from app.core.errors import (
    AmbiguousRoleError,
    AppError,
    CorrectableError,
    ImpossibleSplitError,
    MissingDataError,
    NotFoundError,
    NotPermittedError,
    QueryStoppedError,
    SqlRejectedError,
    StoreError,
    UnknownNameError,
    WarehouseError,
    WindowError,
)
from app.flows.answer import Finding, Language, Refusal, Status
from app.flows.names import dimension_label, metric_label, segment_label
from app.semantic.model import SemanticModel

_REFUSED = (CorrectableError, NotFoundError, NotPermittedError, MissingDataError)
_KIND: dict[str, str] = {"metric": "指标", "dimension": "维度", "segment": "人群"}


def status_of(error: AppError) -> Status:
    """`refused` = change the question and it works; `failed` = it is not the asker's to mend."""
    return "refused" if isinstance(error, _REFUSED) else "failed"


def refusal_of(error: AppError, model: SemanticModel, language: Language, request_id: str) -> Refusal:
    """Code, reason and what to do instead."""
    words = _Reasons(model, language, request_id)
    reason, instead = words.of(error)
    return Refusal(code=error.code, reason=reason, instead=tuple(text for text in instead if text))


def bug_refusal(language: Language, request_id: str) -> Refusal:
    """For what nobody foresaw: nothing of our insides, only the id that finds it in the log."""
    if language == "zh":
        return Refusal(
            code="internal_error", reason="程序内部出错,没有给出数字。", instead=(f"把编号 {request_id} 发给管理员",)
        )
    return Refusal(code="internal_error", reason="Something broke inside; no number was given.",
                   instead=(f"Send the id {request_id} to your administrator",))  # fmt: skip


def findings_of(error: AppError) -> tuple[Finding, ...]:
    """The guard's findings, where it was the guard that refused."""
    return as_findings(error.findings) if isinstance(error, SqlRejectedError) else ()


def as_findings(found: Iterable[Any]) -> tuple[Finding, ...]:
    """The guard's findings as an answer shows them."""
    return tuple(
        Finding(
            rule=str(getattr(finding, "rule", "sql_rejected")),
            message=str(getattr(finding, "message", finding)),
            instead=str(getattr(finding, "instead", "")),
        )
        for finding in found
    )


class _Reasons:
    def __init__(self, model: SemanticModel, language: Language, request_id: str) -> None:
        self.model, self.language, self.request_id = model, language, request_id

    def of(self, error: AppError) -> tuple[str, list[str]]:
        match error:
            case UnknownNameError():
                return self._unknown(error)
            case ImpossibleSplitError():
                return self._split(error)
            case AmbiguousRoleError():
                return self._role(error)
            case WindowError():
                return self.say("时间窗口不可用", "The time window can't be used") + self._detail(error), self._hint(
                    error
                )
            case QueryStoppedError():
                return (
                    self.say(
                        "查询超出时间或内存上限,已停止。", "The query passed its time or memory limit and was stopped."
                    ),
                    [self.say("缩短时间窗口或减少拆分维度后再问", "Ask for a shorter window or fewer breakdowns"),
                     self._report()],
                )  # fmt: skip
            case WarehouseError() | StoreError():
                return self._unavailable(error)
            case MissingDataError():
                return self._missing(error)
            case SqlRejectedError():
                return self._rejected(error)
            case CorrectableError() | NotFoundError() | NotPermittedError():
                return self.say("这个问题不能这样问", "This can't be asked that way") + self._detail(error), self._hint(
                    error
                )
            case _:
                return self.say("程序内部出错,没有给出数字", "Something broke inside; no number was given"), [
                    self._report()
                ]

    def say(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def _unknown(self, error: AppError) -> tuple[str, list[str]]:
        kind, name = str(error.details.get("kind", "metric")), str(error.details.get("name", ""))
        near = [str(item) for item in error.details.get("suggestions", ())]
        reason = self.say(f"没有名为“{name}”的{_KIND.get(kind, '名称')}", f'There is no {kind} called "{name}"')
        label = {"dimension": dimension_label, "segment": segment_label}.get(kind, metric_label)
        return reason, [
            self.say(f"改用“{t}”", f'Use "{t}"') for t in (label(n, self.model, self.language) for n in near)
        ]

    def _split(self, error: AppError) -> tuple[str, list[str]]:
        """`details` tell the case: a dimension out of reach, rows without people, or a metric without time."""
        metric = metric_label(str(error.details.get("metric", "")), self.model, self.language)
        others = [metric_label(str(m), self.model, self.language) for m in error.details.get("metrics", ())]
        dimension = error.details.get("dimension")
        if dimension:
            by = dimension_label(str(dimension), self.model, self.language)
            reason = self.say(f"“{metric}”不能按“{by}”拆分或筛选", f'"{metric}" can\'t be split or filtered by "{by}"')
            return reason, [self.say(f"按“{by}”看“{m}”", f'"{m}" by {by}') for m in others]
        if others:
            reason = self.say(
                f"“{metric}”不是按人记录的,不能加人的条件",
                f'"{metric}" is not about people, so a condition on people can\'t be applied',
            )
            return reason, [self.say(f"改看“{m}”", f'Ask for "{m}"') for m in others]
        reason = self.say(f"“{metric}”不能这样按时间或天数展开", f'"{metric}" can\'t be shown that way')
        return reason, [self.say(f"去掉时间粒度,直接看整段的“{metric}”", f'Ask for "{metric}" over the whole window')]

    def _rejected(self, error: SqlRejectedError) -> tuple[str, list[str]]:
        if error.findings:
            reason = self.say(
                "生成的查询没有通过安全检查,没有执行。", "The query did not pass the guard and was not run."
            )
            return reason, [self._report()]
        # The gate let it pass; the data stopped it.
        reason = self.say(
            "数据里有与列类型不符的值,查询没有完成,没有给出数字。",
            "The data holds a value that does not fit its column, so the query did not finish.",
        )
        doctor = self.say("运行 `qianmian doctor` 找出是哪张表", "Run `qianmian doctor` to find the table")
        return reason, [doctor, self._report()]

    def _unavailable(self, error: WarehouseError | StoreError) -> tuple[str, list[str]]:
        if isinstance(error, StoreError):
            what = self.say("应用数据库暂时不可用", "The app database is not available")
        else:
            what = self.say("数据仓库暂时不可用", "The warehouse is not available")
        return what + self._detail(error), [*self._hint(error), self._report()]

    def _missing(self, error: AppError) -> tuple[str, list[str]]:
        names = [str(name) for name in error.details.get("absent", ())]
        listed = ("、" if self.language == "zh" else ", ").join(names)
        reason = self.say(
            f"这个数据仓库缺少 {listed},算不出这个数,所以没有给出。",
            f"This warehouse lacks {listed}, so the number can't be computed and none was given.",
        )
        return reason, [
            self.say(
                f"用 `qianmian import` 载入 {listed},再用 `qianmian doctor` 检查",
                f"Load {listed} with `qianmian import`, then check with `qianmian doctor`",
            ),
            self.say("改问不需要这些数据的指标", "Ask for a metric that does not need it"),
        ]

    def _role(self, error: AppError) -> tuple[str, list[str]]:
        metric = metric_label(str(error.details.get("metric", "")), self.model, self.language)
        by = dimension_label(str(error.details.get("dimension", "")), self.model, self.language)
        reason = self.say(
            f"“{metric}”的“{by}”有不止一种含义,需要说明是哪一种",
            f'"{by}" of "{metric}" has more than one role; say which',
        )
        near = self._same_target(str(error.details.get("dimension", "")))
        roles = [str(role) for role in error.details.get("roles", ())]
        return reason, [self.say(f"说明角色:{r}", f"Name the role: {r}") for r in (near or roles)]

    def _same_target(self, dimension: str) -> list[str]:
        """Dimensions whose name contains the ambiguous one: 注册门店 and 成交门店 for 门店."""
        known = self.model.dimensions.get(dimension)
        if known is None:
            return []
        word = known.label.in_(self.language)
        labels = (d.label.in_(self.language) for d in self.model.dimensions.values() if d.id != dimension)
        return [label for label in labels if word in label][:4]

    def _detail(self, error: AppError) -> str:
        """The message where it is in the asker's language; messages are English, hints may be in either."""
        if self.language == "zh" and error.details.get("zh"):
            return f":{error.details['zh']}"
        if not error.message or (self.language == "zh" and error.message.isascii() and error.hint):
            return ""
        return self.say(f":{error.message}", f": {error.message}")

    def _hint(self, error: AppError) -> list[str]:
        hint = (self.language == "zh" and error.details.get("zh_hint")) or error.hint
        return [str(hint)] if hint else []

    def _report(self) -> str:
        return self.say(
            f"仍然不行时,把编号 {self.request_id} 发给管理员",
            f"If it persists, send the id {self.request_id} to your administrator",
        )
