"""Every word of the web pages, in both languages. A missing word is a test failure, not a blank."""

from app.flows.answer import Language

_WORDS: dict[str, tuple[str, str]] = {
    # frame
    "app": ("千面", "Qianmian"),
    "chat": ("对话", "Ask"),
    "as_of": ("数据截至 {day}", "Data as of {day}"),
    "no_data": ("还没有数据", "No data yet"),
    "planner_rule": ("规则引擎 · 未接大模型", "Rule engine · no language model"),
    "planner_llm": ("规则引擎 · 大模型", "Rule engine · language model"),
    "all_brands": ("全部品牌", "All brands"),
    "language": ("English", "中文"),
    "language_hint": ("切换到英文", "Switch to Chinese"),
    "theme_dark": ("深色", "Dark"),
    "theme_light": ("浅色", "Light"),
    "sign_out": ("退出", "Sign out"),
    # asking
    "ask_placeholder": ("问数字、问趋势、问排名…", "Ask for a number, a trend, a ranking…"),
    "send": ("发送", "Send"),
    "try": ("试试:", "Try:"),
    "empty_title": ("问一个数字", "Ask for a number"),
    "empty_text": (
        "用你平时说话的方式问。每个答案都带口径、SQL 和检查;读不懂的会直说,不会猜。",
        "Ask in your own words. Every answer shows definitions, SQL and checks; nothing is guessed.",
    ),
    "working": ("正在读题、写 SQL、过护栏、查询、核对", "Reading, writing SQL, guarding, querying, checking"),
    "seconds": ("{n} 秒", "{n} s"),
    # answer
    "time": ("时间", "Time"),
    "compare": ("对比", "Against"),
    "breakdown": ("拆分", "By"),
    "grain": ("粒度", "Per"),
    "metric": ("口径", "Metric"),
    "segment": ("人群", "People"),
    "top": ("只看", "Only"),
    "top_n": ("前 {n}", "top {n}"),
    "share": ("占比", "Share"),
    "not": ("除 ", "not "),
    "blank": ("未填", "none"),
    "filled": ("已填", "any"),
    "contains": ("含 ", "contains "),
    "yes": ("是", "Yes"),
    "no": ("否", "No"),
    "joiner": ("、", ", "),
    "grain_hour": ("小时", "Hour"),
    "grain_day": ("天", "Day"),
    "grain_week": ("周", "Week"),
    "grain_month": ("月", "Month"),
    "grain_quarter": ("季度", "Quarter"),
    "grain_year": ("年", "Year"),
    "trust_verified": ("人工核验", "Verified by a person"),
    "trust_governed": ("口径已校验", "Governed definitions"),
    "trust_unverified": ("未经指标口径校验", "Not checked against metric definitions"),
    "checks_passed": ("{n} 项检查通过", "{n} checks passed"),
    "checks_some": ("{total} 项检查,{n} 项通过", "{n} of {total} checks passed"),
    "no_checks": ("没有检查", "no checks"),
    "export": ("导出 CSV", "Export CSV"),
    "evidence": ("依据", "Evidence"),
    "show_rows": ("再看 {n} 行", "Show {n} more rows"),
    "truncated": ("只显示前 {n} 行,结果不止这些。", "Only the first {n} rows are shown; there are more."),
    "no_rows": ("没有符合条件的数据", "Nothing matches"),
    "chart_first": ("图中为前 {n} 项,共 {total} 项", "The chart shows the first {n} of {total}"),
    "chart_of": ("图:{name}", "Chart: {name}"),
    # other outcomes
    "refused_title": ("这个问题我没有答", "I did not answer this"),
    "refused_instead": ("可以这样问", "You could ask"),
    "failed_title": ("没有算出来", "This could not be computed"),
    "failed_do": ("怎么办", "What to do"),
    "crashed": ("服务出了问题,数据没有变。", "Something went wrong on our side; no data changed."),
    "crashed_do": ("再试一次;还不行就把请求编号发给管理员。", "Try again; if it stays, report the request id."),
    "request_id": ("请求编号", "Request id"),
    "copy": ("复制", "Copy"),
    "copied": ("已复制", "Copied"),
    "clarify_hint": ("选一种读法,我按它来算。", "Choose a reading; I answer by it."),
    # evidence panel
    "tab_definitions": ("口径", "Definitions"),
    "tab_sql": ("SQL", "SQL"),
    "tab_checks": ("检查", "Checks"),
    "tab_trace": ("过程", "Process"),
    "owner": ("负责人 {owner}", "Owner {owner}"),
    "panel_empty": ("选中一个答案,这里显示它的依据。", "Select an answer to see what it stands on."),
    "no_definitions": ("这个答案没有用到指标口径。", "This answer used no metric definition."),
    "no_sql": ("这个答案没有查询数据。", "This answer queried no data."),
    "passed": ("通过", "Passed"),
    "not_passed": ("留意", "Look"),
    "understood_as": ("理解为", "Understood as"),
    "coverage": ("读懂的部分", "Understood part"),
    "fuzzy": ("近似匹配", "Matched approximately"),
    "path": ("路径", "Path"),
    "path_rule": ("规则", "Rules"),
    "path_llm": ("大模型提案,口径编译", "Model proposal, governed SQL"),
    "path_raw": ("直接 SQL", "Raw SQL"),
    "snapshot": ("数据快照", "Data snapshot"),
    "data_day": ("数据截至", "Data as of"),
    "total_ms": ("合计", "Total"),
    "stage_plan": ("读题", "Read"),
    "stage_compile": ("编译", "Compile"),
    "stage_guard": ("护栏", "Guard"),
    "stage_execute": ("查询", "Query"),
    "stage_transport": ("传输", "Transfer"),
    "stage_assemble": ("组织答案", "Assemble"),
    "stage_present": ("组织答案", "Assemble"),
    "stage_check": ("核对", "Check"),
    "close": ("关闭", "Close"),
    # sign in
    "sign_in": ("登录", "Sign in"),
    "sign_in_text": ("填入 API 密钥。首次启动时终端里打印过第一把。", "Enter an API key; the first start printed one."),
    "api_key": ("API 密钥", "API key"),
    "wrong_key": ("密钥不对,或已撤销。", "This key is wrong or was revoked."),
    "stale_link": ("链接用过了或已过期,请用 API 密钥登录。", "This link was used or has expired. Use an API key."),
    "signed_out": ("登录已失效,请重新登录。", "Your sign-in has ended. Sign in again."),
    "gallery": ("组件一览", "Gallery"),
}  # fmt: skip

EXAMPLES: dict[Language, tuple[str, ...]] = {
    "zh": (
        "上个月抖音和天猫的会员复购人数各是多少,环比怎么样",
        "近 12 个月的支付金额趋势,按月看",
        "上个月支付金额最高的 10 个商品",
    ),
    "en": (
        "GMV by channel last month compared to the month before",
        "monthly GMV trend over the last 12 months",
        "top 10 products by GMV last month",
    ),
}


def say(word: str, language: Language, **parts: object) -> str:
    """The text of `word` in `language`, with `parts` filled in."""
    return _WORDS[word][language == "en"].format(**parts)


def say_or(word: str, language: Language, otherwise: str) -> str:
    """Like `say`, but `otherwise` for a word that is not ours (a check or stage that names itself)."""
    return say(word, language) if word in _WORDS else otherwise
