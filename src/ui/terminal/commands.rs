//! Commands as a person types them: for completion, for the hint behind the cursor and for `HELP`.
//!
//! This is a table for people, not the one that nodes execute by: a node answers for itself what it knows.

use yew::prelude::*;

use crate::base::Version;
use crate::keyspace::all_commands;
use crate::narrate::Template;
use crate::ui::words::{Locale, Say, Word};

/// A command.
#[derive(PartialEq)]
pub struct Command {
    pub name: &'static str,
    /// What comes after a `+` is only known to 7.0.
    arguments: &'static str,
}

impl Command {
    fn arguments(&self, version: Version) -> impl Iterator<Item = &'static str> {
        let known = move |word: &&str| *word != "+" || version >= Version::V7_0;
        self.arguments.split(' ').take_while(known).filter(|word| !word.is_empty() && *word != "+")
    }

    /// Whether a release knows it.
    fn is_known_to(&self, version: Version) -> bool {
        let name = words(self.name).next().unwrap_or_default();
        let found = all_commands().iter().find(|command| command.spec.name.eq_ignore_ascii_case(name));
        found.is_none_or(|command| command.spec.known_to(version.profile()))
    }
}

/// Makes the tables of the commands, group by group. One line a command: name and arguments, then what it does.
macro_rules! manual {
    ($($group:literal: { $($name:literal $arguments:literal: $en:literal, $zh:literal;)* })*) => {
        /// The groups that `HELP @group` lists, as the manual of Redis has them.
        static GROUPS: &[(&str, &[Command])] =
            &[$(($group, &[$(Command { name: $name, arguments: $arguments }),*])),*];

        /// What each of them does, in the same order; apart, because only `HELP` says it.
        static SAYS: &[&[Template]] = &[$(&[$(Template::new($en, $zh)),*]),*];
    };
}

manual! {
    "replication": {
        "SLAVEOF" "host port | NO ONE": "Follow a master, or nobody.", "成为某个主服务器的从服务器，或不再跟随。";
        "REPLICAOF" "host port | NO ONE": "SLAVEOF under its newer name (5.0 and later).", "SLAVEOF 的新名字（5.0 起）。";
        "ROLE" "": "The node's role, its offset, and who follows it.", "节点的角色、偏移量以及它的从服务器。";
        "WAIT" "numreplicas timeout": "Wait until so many replicas have acknowledged.", "等待足够多的从服务器确认。";
        "PSYNC" "replicationid offset": "What a replica asks its master. Not for terminals.", "从服务器向主服务器的请求，不适合在终端使用。";
        "SYNC" "": "The old question. Not for terminals.", "旧的同步请求，不适合在终端使用。";
    }
    "string": {
        "SET" "key value [NX|XX] [EX s|PX ms] + [GET] [KEEPTTL]": "Set a string.", "设置字符串。";
        "GET" "key": "Read a string.", "读取字符串。";
        "SETNX" "key value": "Set if the key does not exist.", "键不存在时才设置。";
        "SETEX" "key seconds value": "Set with a time to live.", "设置并指定过期秒数。";
        "PSETEX" "key milliseconds value": "Set with a time to live in milliseconds.", "设置并指定过期毫秒数。";
        "GETSET" "key value": "Set, and answer the old value.", "设置并返回旧值。";
        "GETDEL" "key": "Read and delete.", "读取并删除。";
        "GETEX" "key [EX s|PX ms|PERSIST]": "Read, and change the time to live.", "读取并修改过期时间。";
        "MGET" "key [key …]": "Read several strings.", "读取多个字符串。";
        "MSET" "key value [key value …]": "Set several strings.", "设置多个字符串。";
        "MSETNX" "key value [key value …]": "Set several, if none exists.", "均不存在时才设置多个。";
        "APPEND" "key value": "Append to a string.", "追加到字符串。";
        "STRLEN" "key": "Length of a string.", "字符串长度。";
        "INCR" "key": "Add one.", "加一。";
        "DECR" "key": "Subtract one.", "减一。";
        "INCRBY" "key increment": "Add an integer.", "加上一个整数。";
        "DECRBY" "key decrement": "Subtract an integer.", "减去一个整数。";
        "INCRBYFLOAT" "key increment": "Add a number with a fraction.", "加上一个浮点数。";
        "SETRANGE" "key offset value": "Overwrite a part of a string.", "覆盖字符串的一部分。";
        "GETRANGE" "key start end": "Read a part of a string.", "读取字符串的一部分。";
    }
    "generic": {
        "DEL" "key [key …]": "Delete keys.", "删除键。";
        "UNLINK" "key [key …]": "Delete keys, memory freed later.", "删除键，稍后释放内存。";
        "EXISTS" "key [key …]": "How many of the keys exist.", "存在的键的数量。";
        "TYPE" "key": "The kind of value.", "值的类型。";
        "KEYS" "pattern": "All keys that match.", "匹配的所有键。";
        "SCAN" "cursor [MATCH pattern] [COUNT n]": "Walk the keys in portions.", "分批遍历键。";
        "RENAME" "key newkey": "Rename a key.", "重命名键。";
        "RENAMENX" "key newkey": "Rename, if the new name is free.", "新名不存在时才重命名。";
        "EXPIRE" "key seconds": "Give a key a time to live.", "设置过期秒数。";
        "PEXPIRE" "key milliseconds": "The same in milliseconds.", "设置过期毫秒数。";
        "EXPIREAT" "key unix-time": "Let a key die at a moment.", "在某时刻过期。";
        "PEXPIREAT" "key unix-time-ms": "The same in milliseconds.", "在某毫秒时刻过期。";
        "TTL" "key": "Seconds a key still has.", "剩余秒数。";
        "PTTL" "key": "Milliseconds a key still has.", "剩余毫秒数。";
        "PERSIST" "key": "Take the time to live away.", "取消过期时间。";
        "RANDOMKEY" "": "Some key.", "随机一个键。";
        "MOVE" "key db": "Move a key to another database.", "把键移到另一个数据库。";
        "COPY" "source destination [DB n] [REPLACE]": "Copy a key.", "复制键。";
    }
    "list": {
        "LPUSH" "key element [element …]": "Add to the head of a list.", "加到列表头部。";
        "RPUSH" "key element [element …]": "Add to the tail of a list.", "加到列表尾部。";
        "LPOP" "key + [count]": "Take from the head of a list.", "从列表头部取出。";
        "RPOP" "key + [count]": "Take from the tail of a list.", "从列表尾部取出。";
        "LRANGE" "key start stop": "Read a part of a list.", "读取列表的一部分。";
    }
    "set": {
        "SADD" "key member [member …]": "Add to a set.", "加入集合。";
        "SREM" "key member [member …]": "Remove from a set.", "从集合移除。";
        "SMEMBERS" "key": "All members of a set.", "集合的所有成员。";
    }
    "hash": {
        "HSET" "key field value [field value …]": "Set fields of a hash.", "设置哈希字段。";
        "HGET" "key field": "Read a field of a hash.", "读取哈希字段。";
        "HGETALL" "key": "All fields of a hash.", "哈希的所有字段。";
    }
    "sorted-set": {
        "ZADD" "key score member [score member …]": "Add to a sorted set.", "加入有序集合。";
        "ZRANGE" "key start stop [WITHSCORES]": "Read a part of a sorted set.", "读取有序集合的一部分。";
    }
    "transactions": {
        "MULTI" "": "Begin a transaction.", "开始事务。";
        "EXEC" "": "Run the transaction.", "执行事务。";
        "DISCARD" "": "Give the transaction up.", "放弃事务。";
    }
    "connection": {
        "SELECT" "index": "Change the database.", "切换数据库。";
        "PING" "[message]": "Are you there?", "在吗？";
        "ECHO" "message": "Say it back.", "原样返回。";
        "CLIENT LIST" "": "Who is connected.", "已连接的客户端。";
    }
    "server": {
        "MONITOR" "": "Be shown every command as it runs.", "实时显示服务器执行的每条命令。";
        "INFO" "[section]": "What the server says of itself; try INFO replication.", "服务器的自述；试试 INFO replication。";
        "DBSIZE" "": "How many keys there are.", "键的数量。";
        "FLUSHDB" "": "Delete everything in this database.", "清空当前数据库。";
        "FLUSHALL" "": "Delete everything.", "清空所有数据库。";
        "SWAPDB" "index index": "Swap two databases.", "交换两个数据库。";
        "TIME" "": "The server's calendar time.", "服务器的时间。";
        "CONFIG GET" "pattern": "Read directives.", "读取配置项。";
        "CONFIG SET" "directive value": "Change a directive.", "修改配置项。";
        "COMMAND" "": "What the server knows.", "服务器支持的命令。";
        "DEBUG DIGEST" "": "A fingerprint of all data.", "全部数据的指纹。";
        "DEBUG SLEEP" "seconds": "Stand still for a while.", "停顿一段时间。";
        "SAVE" "": "Write the RDB to disk now.", "立即把 RDB 写入磁盘。";
        "BGSAVE" "": "Write the RDB to disk in the background.", "在后台把 RDB 写入磁盘。";
        "LASTSAVE" "": "When the RDB was last written.", "上次写 RDB 的时间。";
        "SHUTDOWN" "[NOSAVE|SAVE]": "End the process.", "结束进程。";
    }
}

fn commands() -> impl Iterator<Item = &'static Command> {
    GROUPS.iter().flat_map(|(_, commands)| commands.iter())
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split_whitespace()
}

/// The command that `line` names, the longest name first (`CONFIG GET` before `CONFIG`).
fn named(line: &str) -> Option<&'static Command> {
    let matches = |command: &Command| {
        let mut given = words(line);
        words(command.name).all(|word| given.next().is_some_and(|given| given.eq_ignore_ascii_case(word)))
    };
    commands().filter(|command| matches(command)).max_by_key(|command| command.name.len())
}

/// The commands that begin with what is typed.
fn beginning(text: &str) -> impl Iterator<Item = &'static Command> {
    let text = text.to_ascii_uppercase();
    commands().filter(move |command| command.name.starts_with(&text) && command.name != text)
}

/// `text` completed to the `turn`-th command or group that begins with it, around the end of the list, in the case
/// that was typed. Those that have a page come first, then the others that nodes know.
pub fn complete(text: &str, turn: usize) -> Option<String> {
    let typed = text.trim_start();
    let lower = typed.chars().any(|c| c.is_ascii_lowercase());
    let cased = |name: &str| if lower { name.to_ascii_lowercase() } else { name.to_ascii_uppercase() };
    if let Some(group) = typed.to_ascii_lowercase().strip_prefix("help @") {
        let known: Vec<&str> =
            GROUPS.iter().map(|(name, _)| *name).filter(|name| name.starts_with(group)).collect();
        return Some(format!("{} @{}", &typed[..4], known.get(turn % known.len().max(1))?));
    }
    let (before, word) = match typed.get(..5) {
        Some(help) if help.eq_ignore_ascii_case("help ") => typed.split_at(5),
        _ => ("", typed),
    };
    if word.is_empty() {
        return None;
    }
    let mut names: Vec<&str> = beginning(word).map(|command| command.name).collect();
    let begins = |name: &str| name.len() > word.len() && name[..word.len()].eq_ignore_ascii_case(word);
    let others = all_commands().iter().map(|command| command.spec.name).filter(|name| begins(name));
    names.extend(others.filter(|name| commands().all(|command| !command.name.eq_ignore_ascii_case(name))));
    let name = names.get(turn % names.len().max(1))?;
    Some(format!("{before}{} ", cased(name)))
}

/// What could follow: the rest of a name and its arguments, or the arguments still missing.
pub fn hint(text: &str, version: Version) -> Option<String> {
    if let Some(help) = text.get(..5).filter(|help| help.eq_ignore_ascii_case("help ")) {
        let word = &text[help.len()..];
        let command = beginning(word).next().filter(|_| !word.is_empty())?;
        return Some(command.name[word.len()..].to_owned());
    }
    if text.trim().is_empty() {
        return None;
    }
    let blank = if text.ends_with(' ') { "" } else { " " };
    if let Some(command) = named(text) {
        let given = words(text).count() - words(command.name).count();
        let rest: Vec<&str> = command.arguments(version).skip(given).collect();
        return (!rest.is_empty()).then(|| format!("{blank}{}", rest.join(" ")));
    }
    let command = beginning(text).next()?;
    let arguments: Vec<&str> = command.arguments(version).collect();
    Some(format!("{} {}", &command.name[text.len().min(command.name.len())..], arguments.join(" ")))
}

/// What a line asks of the terminal itself, not of the node.
#[derive(Clone, Copy, PartialEq)]
pub enum Own {
    /// A page of the manual.
    Help(&'static Command),
    /// All commands of a group.
    Group(&'static str, &'static [Command]),
    Clear,
}

/// Whether `line` is for the terminal: `HELP SET`, `HELP @list`, `CLEAR`.
pub fn own(line: &str) -> Option<Own> {
    let mut given = words(line);
    let first = given.next()?;
    let rest: Vec<&str> = given.collect();
    if first.eq_ignore_ascii_case("clear") && rest.is_empty() {
        return Some(Own::Clear);
    }
    if !first.eq_ignore_ascii_case("help") {
        return None;
    }
    let group = rest.first().and_then(|word| word.strip_prefix('@'));
    let group = group.and_then(|name| GROUPS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)));
    if let Some((name, commands)) = group {
        return Some(Own::Group(name, commands));
    }
    Some(Own::Help(named(&rest.join(" ")).unwrap_or(&OVERVIEW)))
}

static OVERVIEW: Command = Command { name: "HELP", arguments: "command | @group" };

/// What a command does.
fn says(command: &Command) -> Template {
    let all = commands().zip(SAYS.iter().copied().flatten());
    let found = all.into_iter().find(|(other, _)| *other == command).map(|(_, says)| *says);
    found.unwrap_or(Template::new(
        "Explains a command, for instance HELP SLAVEOF, or lists a group:",
        "解释一条命令，例如 HELP SLAVEOF，或列出一组命令：",
    ))
}

/// What the terminal itself answers; `number` tells it from its other answers.
pub fn answer(own: Own, number: usize, version: Version, l: Locale) -> Html {
    let key = format!("own{number}");
    match own {
        Own::Clear => html!(),
        Own::Help(command) => html! {
            <div {key} class="manual">
                { page(command, version, l) }
                if std::ptr::eq(command, &OVERVIEW) {
                    <p><code>{ GROUPS.iter().map(|(name, _)| format!("@{name}")).collect::<Vec<_>>().join(" ") }</code></p>
                    <p class="soft">{ l.t(Word::TerminalHint) }</p>
                }
            </div>
        },
        Own::Group(_, commands) => {
            html! { <div {key} class="manual">{ for commands.iter().map(|command| page(command, version, l)) }</div> }
        }
    }
}

fn page(command: &Command, version: Version, l: Locale) -> Html {
    let arguments: Vec<&str> = command.arguments(version).collect();
    html! {
        <>
            <p><code><b>{ command.name }</b>{ " " }{ arguments.join(" ") }</code></p>
            <p>{ says(command).text(l) }
                if !command.is_known_to(version) { { " " }{ l.f(Word::HelpUnknown, &[version.name()]) } }
            </p>
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::{Own, complete, hint, named, own};
    use crate::base::Version;

    #[test]
    fn completion_keeps_the_case_that_was_typed() {
        assert_eq!(complete("sla", 0).as_deref(), Some("slaveof "));
        assert_eq!(complete("SLA", 0).as_deref(), Some("SLAVEOF "));
        assert_eq!(complete("", 0), None);
        assert_eq!(complete("zzz", 3), None);
    }

    #[test]
    fn completion_goes_around_all_that_begin_so_also_those_without_a_page() {
        let turns: std::collections::BTreeSet<String> =
            (0..6).filter_map(|turn| complete("zremr", turn)).collect();
        let known = ["zremrangebylex ", "zremrangebyrank ", "zremrangebyscore "].map(String::from);
        assert_eq!(turns, known.into());
        assert_eq!(complete("zremr", 0), complete("zremr", 3));
        assert_eq!(complete("help sla", 0).as_deref(), Some("help slaveof "));
        assert_eq!(complete("HELP @h", 0).as_deref(), Some("HELP @hash"));
    }

    #[test]
    fn the_hint_shows_the_arguments_still_missing() {
        let hint = |text: &str| hint(text, Version::V2_8);
        assert_eq!(hint("EXPIRE").as_deref(), Some(" key seconds"));
        assert_eq!(hint("EXPIRE k ").as_deref(), Some("seconds"));
        assert_eq!(hint("config get ").as_deref(), Some("pattern"));
        assert_eq!(hint("GET k"), None);
    }

    #[test]
    fn only_what_the_release_takes_is_hinted_at() {
        assert_eq!(hint("SET k v ", Version::V2_8).as_deref(), Some("[NX|XX] [EX s|PX ms]"));
        assert_eq!(hint("SET k v ", Version::V7_0).as_deref(), Some("[NX|XX] [EX s|PX ms] [GET] [KEEPTTL]"));
        let unlink = named("UNLINK").expect("it has a page");
        assert_eq!([Version::V2_8, Version::V4_0].map(|version| unlink.is_known_to(version)), [false, true]);
    }

    #[test]
    fn help_and_clear_are_for_the_terminal_itself() {
        let name = |line: &str| match own(line) {
            Some(Own::Help(command)) => command.name,
            Some(Own::Group(name, _)) => name,
            Some(Own::Clear) => "clear",
            None => "none",
        };
        assert_eq!(name("help slaveof"), "SLAVEOF");
        assert_eq!(name("HELP"), "HELP");
        assert_eq!(name("help @sorted-set"), "sorted-set");
        assert_eq!(name("CLEAR"), "clear");
        assert_eq!(name("GET help"), "none");
    }
}
