"""What lowered a confidence, in the asker's language: one sentence per kind of doubt."""

from app.flows.answer import Language
from app.flows.trust_weights import DoubtKind

_REASONS: dict[DoubtKind, tuple[str, str]] = {
    "by_sound": ("按读音猜了{}。", "{} was matched by its sound."),
    "by_spelling": ("按相近拼写猜了{}。", "{} was matched by a similar spelling."),
    "by_part": ("只按名称的一部分匹配了{}。", "{} was matched as a part of a longer name."),
    "by_loose_part": ("{}只是名称的一部分,未必是那个意思。", "{} is only part of a name and may mean another thing."),
    "no_time": ("没有说时间,用了默认的时间范围。", "No time was given, so a default window was used."),
    "vague_time": ("{}的起止日期取自日历或惯例。", "The days of {} come from the calendar or from custom."),
    "no_metric": ("没有说出指标名称,指标是推断的。", "No metric was named; which one is meant was inferred."),
    "unjoined_metrics": (
        "{}里有两个指标,不确定是并列还是互相修饰。",
        "{} holds two metrics: whether both are asked for, or one qualifies the other, is unclear.",
    ),
    "made_metric": ("这个比率或日均没有定义,是现算的。", "The ratio or daily average is not defined; it was made up."),
    "finer_twin": ("为了能拆分,换成了商品行口径的指标。", "A metric of item lines stands in so that it can be split."),
    "unasked_split": ("{}被当作拆分维度,但没有说要拆分。", "{} was taken as a breakdown that was not asked for."),
    "only_passed_over": ("{}没有作为排他条件使用。", "{} was not used to exclude anything."),
    "passed_over": ("{}没有参与计算。", "{} took no part in the calculation."),
    "mostly_small_words": ("问题里虚词很多,关键词很少。", "Mostly small words; few of them carry the meaning."),
    "reduced_people": (
        "既有人群条件又有行条件,条件的归属可能不同。",
        "Conditions on people stand beside conditions on rows; which is which could be read otherwise.",
    ),
    "nobody_found": (
        "没有一个人符合,条件可能互相排斥。",
        "Nobody meets the conditions: they may exclude each other.",
    ),
    "check_failed": ("有必须成立的检查没有通过:{}。", "A check that must hold failed: {}."),
    "department_sense": ("{}按你所在部门的口径理解。", "{} was read as your department defines it."),
    "not_explained": ("没有解释到的词:{}。", "Words that nothing explains: {}."),
    "model_alone": ("只有语言模型得到这个理解。", "Only the language model came to this reading."),
    "model_guessed": ("{}的含义由语言模型推测,词典里没有。", "What {} means was guessed by the language model."),
}  # fmt: skip


def reason_of(kind: DoubtKind, words: tuple[str, ...], language: Language) -> str:
    """The sentence, with the words in quotes."""
    zh, en = _REASONS[kind]
    said = "、".join(f"“{w}”" for w in words) if language == "zh" else ", ".join(f'"{w}"' for w in words)
    return (zh if language == "zh" else en).format(said)
