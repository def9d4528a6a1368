//! What a scenario text should have had where it is wrong: the words of the parser (`scenario`), which are English, in
//! each language. `tests/tidy.rs` sees to it that every one is here.

use super::Locale;

/// English as the parser has it, and Chinese.
const PHRASES: &[(&str, &str)] = &[
    ("- or -> and the other node", "- 或 ->，以及另一个节点"),
    ("= and a value", "= 和值"),
    ("> directly after the node", "节点后面紧跟 >"),
    ("]", "]"),
    ("a bandwidth above 0", "大于 0 的带宽"),
    (
        "a bandwidth with its unit, as 1mbit (bit, kbit, mbit, gbit a second)",
        "带单位的带宽，如 1mbit（每秒 bit、kbit、mbit、gbit）",
    ),
    ("a blank between options", "选项之间的空格"),
    ("a closing quote", "右引号"),
    ("a command", "命令"),
    ("a comparison (= != < <= > >=)", "比较符（= != < <= > >=）"),
    ("a directive, as repl-timeout=5", "配置项，如 repl-timeout=5"),
    ("a field of a node", "节点的字段"),
    (
        "a field, as .offset, a key, as [\"name\"], or = and another node",
        "字段（如 .offset）、键（如 [\"name\"]），或 = 和另一个节点",
    ),
    ("a field, as .offset, or a key, as [\"name\"]", "字段（如 .offset）或键（如 [\"name\"]）"),
    ("a language and ], as [zh-Hans]", "语言和 ]，如 [zh-Hans]"),
    ("a line that follows prose", "接在 prose 之后的行"),
    ("a name (a letter, then letters, digits or _)", "名字（以字母开头，由字母、数字或 _ 组成）"),
    ("a name that is not taken", "没有用过的名字"),
    ("a node", "节点"),
    ("a node, and none is declared yet", "节点，但还没有声明任何节点"),
    ("a number", "数字"),
    ("a step before it", "前面有一个 step"),
    ("a text in double quotes", "双引号里的文本"),
    ("a thing to look at", "要看的对象"),
    ("a time above 0", "大于 0 的时间"),
    ("a time of at most a year", "不超过一年的时间"),
    (
        "a time with its unit, as 50ms or 1.5s (us, ms, s, min, h)",
        "带单位的时间，如 50ms 或 1.5s（us、ms、s、min、h）",
    ),
    ("a title", "标题"),
    ("a value", "值"),
    ("a value after =", "= 后面的值"),
    ("a verb, or a node and > and a command", "动词，或“节点> 命令”"),
    ("a } for every { in prose ({{ is a brace)", "prose 里每个 { 都有 }（{{ 表示花括号本身）"),
    ("an ID for the step (letters, digits, - and _)", "step 的 ID（字母、数字、- 和 _）"),
    ("an ID that no other step has", "其他 step 没有用过的 ID"),
    ("an RDB file in base64url", "base64url 编码的 RDB 文件"),
    ("an option, as name=value", "选项，如 name=value"),
    ("and", "and"),
    ("and, limit=TIME or the end of the line", "and、limit=时间，或行尾"),
    ("another node", "另一个节点"),
    ("at most 32 tests in a condition", "一个条件里最多 32 项"),
    ("at most 64 options in a line", "一行最多 64 个选项"),
    ("both directions, as a-b", "双向的链路，如 a-b"),
    ("each option once", "每个选项只写一次"),
    ("event", "event"),
    ("format 1, the newest that this version reads", "格式 1（此版本能读的最新格式）"),
    ("latency=TIME or bandwidth=RATE, each once", "latency=时间 或 bandwidth=带宽，各一次"),
    (
        "node, backlog, decision, terminal, link or timeline",
        "node、backlog、decision、terminal、link 或 timeline",
    ),
    ("redis=2.6, redis=2.8, redis=4.0 or redis=7.0", "redis=2.6、redis=2.8、redis=4.0 或 redis=7.0"),
    ("resync", "resync"),
    ("text in UTF-8", "UTF-8 文本"),
    ("the end of the line", "行尾"),
    ("the kind of an event", "事件的种类"),
    ("the number of the format, 1", "格式编号 1"),
    ("the seed before the first node", "seed 在第一个节点之前"),
    ("two hexadecimal digits after \\x", "\\x 后面两位十六进制数字"),
    ("unlimited", "unlimited"),
    ("“resync 1” as the first line", "第一行是“resync 1”"),
];

/// Phrases that end in what differs: how they begin, and the same in Chinese.
const BEGINNINGS: &[(&str, &str)] =
    &[("one of ", "其中之一："), ("a text of at most ", "文本不超过："), ("a blank after ", "后面有空格：")];

/// What was expected (or found) at a wrong place, in the words of `locale`.
pub fn expected(phrase: &str, locale: Locale) -> String {
    if locale == Locale::ZhHans {
        if let Some((_, zh)) = PHRASES.iter().find(|(en, _)| *en == phrase) {
            return (*zh).to_owned();
        }
        for (en, zh) in BEGINNINGS {
            if let Some(rest) = phrase.strip_prefix(en) {
                return format!("{zh}{rest}");
            }
        }
    }
    phrase.to_owned()
}
