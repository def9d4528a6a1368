//! The verbs: one table from which the parser works and the manual is made.

use crate::base::{Instant, Version, base64};

use super::ast::{Name, Statement, Target};
use super::condition::{FIELDS, SLAVE_FIELDS, condition};
use super::cursor::{Cursor, Parsed};

/// One verb of the scenario text.
pub struct Verb {
    pub name: &'static str,
    /// How a line with it looks.
    pub form: &'static str,
    /// What it does, in one or two sentences.
    pub what: &'static str,
    /// A small scenario that runs by itself (without its first line).
    pub example: &'static str,
    parse: Parse,
}

type Parse = fn(&mut Cursor) -> Parsed<Statement>;

/// An example that begins with two nodes in sync.
macro_rules! after_pair {
    ($text:literal) => {
        concat!(
            "node a redis=2.8 teaching-backlog=128\nnode b redis=2.8 slaveof=\"a 6379\"\nuntil b.synced\n",
            $text
        )
    };
}

macro_rules! verb {
    ($name:literal, $form:literal, $what:literal, $example:expr, $parse:expr) => {
        Verb { name: $name, form: $form, what: $what, example: $example, parse: $parse }
    };
}

/// All verbs, in the order of the manual. A line `NAME> …` is a command typed at that node's terminal.
pub const VERBS: [Verb; 28] = [
    verb!(
        "title",
        "title TEXT | title[LANGUAGE] TEXT",
        "Names the scenario, in one language or in general.",
        "title A first replica\ntitle[zh-Hans] 第一个从服务器\nnode a",
        title
    ),
    verb!(
        "prose",
        "prose TEXT | prose[LANGUAGE] TEXT, then | TEXT lines",
        "Text for people. It belongs to the step above it. A value in braces, as {b.offset}, is filled in when the \
         step comes up; {{ is a brace.",
        "node a\nstep start\nprose The master has written {a.offset} bytes.\n| It has no replica yet.\n\
         prose[zh-Hans] 主服务器已写入 {a.offset} 字节。",
        prose
    ),
    verb!(
        "step",
        "step ID",
        "A step of a lesson begins here; the prose, cues and looks up to the next step belong to it.",
        "node a\nstep write\na> SET name redis\nstep read\na> GET name",
        step
    ),
    verb!(
        "cue",
        "cue CONDITION [limit=TIME]",
        "Waits as until does; the prose of this step comes up at that moment, and in a session that a learner has \
         taken over as soon as the condition comes true there.",
        "node a redis=2.8\nnode b redis=2.8\nstep ask\nb> SLAVEOF a 6379\ncue event b.psync-sent\n\
         prose The replica asks for everything.",
        cue
    ),
    verb!(
        "look",
        "look node NODE | backlog NODE | decision NODE | terminal NODE | link A-B | timeline",
        "Points at a thing on the page during this step.",
        "node a\nnode b\nstep where\nlook backlog a\nlook link a-b",
        look
    ),
    verb!(
        "seed",
        "seed NUMBER",
        "Chooses the world's random numbers: run IDs and whatever Redis draws. 1 unless given.",
        "seed 42\nnode a",
        |cursor| Ok(Statement::Seed(cursor.number("a number")?))
    ),
    verb!(
        "node",
        "node NAME [redis=VERSION] [DIRECTIVE=VALUE …]",
        "Starts a server of release 2.6, 2.8 (unless given), 4.0 or 7.0. Directives are those of redis.conf; \
         teaching-backlog=BYTES gives a backlog small enough to watch.",
        "node a redis=2.8 teaching-backlog=128\nnode b redis=2.8 slaveof=\"a 6379\"\nuntil b.synced",
        node
    ),
    verb!(
        "link",
        "link A-B [latency=TIME] [bandwidth=RATE]",
        "Sets the link between two nodes. Without it: 20ms and no limit.",
        "node a\nnode b\nlink a-b latency=100ms bandwidth=1mbit",
        link
    ),
    verb!(
        "remove",
        "remove NODE",
        "Takes a node away, with its disk.",
        after_pair!("remove b\nafter 1s\nexpect a.replicas = 0"),
        |cursor| Ok(Statement::Remove { node: cursor.node()? })
    ),
    verb!(
        "configure",
        "configure NODE DIRECTIVE=VALUE …",
        "Changes a node's configuration: at once where a running server allows it, and for every later start.",
        after_pair!("configure a repl-timeout=5"),
        configure
    ),
    verb!(
        "raw",
        "raw NODE \"BYTES\"",
        "Sends these very bytes to the node's port.",
        "node a\nraw a \"SET n 1\\r\\nINCR n\\r\\n\"\nafter 100ms\nexpect a[\"n\"] = 2",
        |cursor| Ok(Statement::Raw { node: cursor.node()?, bytes: cursor.quoted()? })
    ),
    verb!(
        "every",
        "every TIME [times=COUNT] NODE> COMMAND",
        "A client types the command again and again; {n} in it is the number of the repetition.",
        "node a\nevery 500ms times=3 a> SET key:{n} x\nafter 5s\nexpect a.keys = 3",
        every
    ),
    verb!(
        "stop",
        "stop NODE",
        "Ends what every began at this node.",
        "node a\nevery 500ms a> INCR n\nafter 1100ms\nstop a\nafter 5s\nexpect a[\"n\"] = 2",
        |cursor| Ok(Statement::Stop { node: cursor.node()? })
    ),
    verb!(
        "after",
        "after TIME",
        "Lets this much time pass.",
        "node a\na> SET name redis PX 40\nafter 50ms\nexpect a[\"name\"] = none",
        |cursor| Ok(Statement::After(cursor.span()?))
    ),
    verb!(
        "at",
        "at TIME",
        "Lets time pass up to this moment, counted from the beginning.",
        "node a\nat 1.2s\na> SET name redis",
        |cursor| Ok(Statement::At(Instant(cursor.span()?.0)))
    ),
    verb!(
        "until",
        "until CONDITION [limit=TIME]",
        "Lets time pass until the condition is true; what is due now comes first. When it is not true within the \
         limit (5min unless given) the scenario stops with the line and the last values.",
        after_pair!("a> SET name redis\nuntil b[\"name\"] = \"redis\" limit=1s"),
        until
    ),
    verb!(
        "cut",
        "cut A-B | cut A->B",
        "Resets the connections of a link, loses what is under way and lets nothing through. One way: nothing is \
         let through in that direction.",
        after_pair!("cut a-b\nuntil b.link = down"),
        |cursor| Ok(Statement::Cut(cursor.path()?))
    ),
    verb!(
        "heal",
        "heal A-B | heal A->B",
        "Ends a cut or a blackhole.",
        after_pair!("cut a-b\nafter 1s\nheal a-b\nuntil b.synced\nexpect b.psync = CONTINUE"),
        |cursor| Ok(Statement::Heal(cursor.path()?))
    ),
    verb!(
        "blackhole",
        "blackhole A-B | blackhole A->B",
        "Holds everything back and tells nobody, so that only timeouts find it.",
        after_pair!(
            "blackhole a->b\na> SET name redis\nafter 1s\nexpect b.keys = 0\nheal a->b\nuntil b.synced"
        ),
        |cursor| Ok(Statement::Blackhole(cursor.path()?))
    ),
    verb!(
        "latency",
        "latency A-B TIME | latency A->B TIME",
        "Changes how long bytes travel; what is under way keeps its time.",
        after_pair!("latency a->b 200ms\na> SET name redis\nafter 100ms\nexpect b.keys = 0"),
        |cursor| Ok(Statement::Latency { path: cursor.path()?, latency: cursor.span()? })
    ),
    verb!(
        "bandwidth",
        "bandwidth A-B RATE | bandwidth A->B unlimited",
        "Changes how many bits a second go through.",
        after_pair!("bandwidth a-b 64kbit\nafter 1s\nbandwidth a-b unlimited"),
        bandwidth
    ),
    verb!(
        "crash",
        "crash NODE",
        "Kills the process: its memory is lost, its disk is not.",
        after_pair!("a> SET name redis\ncrash a\nuntil b.link = down\nexpect a.process = crashed"),
        |cursor| Ok(Statement::Crash { node: cursor.node()? })
    ),
    verb!(
        "restart",
        "restart NODE",
        "Starts the process again, with a new run ID and what its disk holds.",
        after_pair!("crash a\nrestart a\nuntil b.synced\nexpect b.psync = FULLRESYNC"),
        |cursor| Ok(Statement::Restart { node: cursor.node()? })
    ),
    verb!(
        "load",
        "load NODE RDB",
        "Puts an RDB file in place of the dump on the node's disk and restarts the process, which loads it. The file is \
         written in the letters of base64url.",
        "node a redis=7.0\nload a UkVESVMwMDEw_gAABG5hbWUGcmVzeW5j_wAAAAAAAAAA\nexpect a[\"name\"] = \"resync\"",
        load
    ),
    verb!(
        "pause",
        "pause NODE",
        "Stops the process; its kernel still takes bytes.",
        after_pair!("pause b\na> SET name redis\nafter 1s\nexpect b.keys = 0"),
        |cursor| Ok(Statement::Pause { node: cursor.node()? })
    ),
    verb!(
        "resume",
        "resume NODE",
        "Lets a paused process run on.",
        after_pair!("pause b\na> SET name redis\nafter 1s\nresume b\nuntil b.synced\nexpect b = a"),
        |cursor| Ok(Statement::Resume { node: cursor.node()? })
    ),
    verb!(
        "expect",
        "expect CONDITION",
        "Promises that the condition is true now; otherwise the scenario stops with the line and the values.",
        after_pair!("a> GET name\nexpect a.reply = nil and b = a and b.psync = FULLRESYNC"),
        |cursor| Ok(Statement::Expect(condition(cursor)?))
    ),
    verb!(
        "share",
        "share TIME",
        "The moment at which a link to this scenario opens. Without it: its end.",
        "node a\na> SET name redis\nafter 2s\nshare 1s",
        |cursor| Ok(Statement::Share(Instant(cursor.span()?.0)))
    ),
];

/// What the parser needs of them, apart from the texts of the manual: reading a scenario does not lead there.
pub(super) static PARSERS: [(&str, Parse); VERBS.len()] = {
    let mut all = [(VERBS[0].name, VERBS[0].parse); VERBS.len()];
    let mut i = 1;
    while i < all.len() {
        all[i] = (VERBS[i].name, VERBS[i].parse);
        i += 1;
    }
    all
};

fn text(cursor: &mut Cursor, expected: &str) -> Parsed<String> {
    if cursor.at_end() { Err(cursor.fail(expected)) } else { Ok(take_rest(cursor)) }
}

fn take_rest(cursor: &mut Cursor) -> String {
    cursor.skip_blanks();
    cursor.take_while(|_| true).trim_end().to_string()
}

fn title(cursor: &mut Cursor) -> Parsed<Statement> {
    let locale = cursor.locale()?;
    Ok(Statement::Title { locale, text: text(cursor, "a title")? })
}

fn prose(cursor: &mut Cursor) -> Parsed<Statement> {
    let locale = cursor.locale()?;
    Ok(Statement::Prose { locale, text: take_rest(cursor) })
}

fn step(cursor: &mut Cursor) -> Parsed<Statement> {
    Ok(Statement::Step { id: cursor.word("an ID for the step (letters, digits, - and _)")?.to_string() })
}

fn cue(cursor: &mut Cursor) -> Parsed<Statement> {
    let condition = condition(cursor)?;
    Ok(Statement::Cue { condition, limit: limit(cursor)? })
}

fn until(cursor: &mut Cursor) -> Parsed<Statement> {
    let condition = condition(cursor)?;
    Ok(Statement::Until { condition, limit: limit(cursor)? })
}

fn limit(cursor: &mut Cursor) -> Parsed<Option<crate::base::Span>> {
    if !cursor.eat("limit=") {
        return if cursor.at_end() {
            Ok(None)
        } else {
            Err(cursor.fail("and, limit=TIME or the end of the line"))
        };
    }
    Ok(Some(cursor.span()?))
}

fn look(cursor: &mut Cursor) -> Parsed<Statement> {
    const THINGS: [&str; 6] = ["node", "backlog", "decision", "terminal", "link", "timeline"];
    cursor.skip_blanks();
    let start = *cursor;
    let at = match cursor.word("a thing to look at")? {
        "node" => Target::Node(cursor.node()?),
        "backlog" => Target::Backlog(cursor.node()?),
        "decision" => Target::Decision(cursor.node()?),
        "terminal" => Target::Terminal(cursor.node()?),
        "link" => Target::Link(cursor.both_ways()?),
        "timeline" => Target::Timeline,
        _ => return Err({ start }.fail_among("node, backlog, decision, terminal, link or timeline", THINGS)),
    };
    Ok(Statement::Look { at })
}

fn node(cursor: &mut Cursor) -> Parsed<Statement> {
    let name = cursor.new_name()?;
    let mut version = None;
    let mut options = Vec::new();
    for (mut start, key, value) in cursor.options()? {
        if key == "redis" {
            let known = value.parse::<Version>();
            version = Some(known.map_err(|()| start.fail("redis=2.6, redis=2.8, redis=4.0 or redis=7.0"))?);
        } else {
            options.push((key, value));
        }
    }
    Ok(Statement::Node { name, version, options })
}

fn load(cursor: &mut Cursor) -> Parsed<Statement> {
    let node = cursor.node()?;
    cursor.skip_blanks();
    let mut start = *cursor;
    let letters = cursor.take_while(|c| !c.is_whitespace());
    let rdb = base64::decode(letters.trim_end_matches('=').as_bytes()).filter(|rdb| !rdb.is_empty());
    let rdb = rdb.ok_or_else(|| start.fail("an RDB file in base64url"))?;
    Ok(Statement::Load { node, rdb: rdb.into() })
}

fn configure(cursor: &mut Cursor) -> Parsed<Statement> {
    let node = cursor.node()?;
    if cursor.at_end() {
        return Err(cursor.fail("a directive, as repl-timeout=5"));
    }
    let options = cursor.options()?.into_iter().map(|(_, key, value)| (key, value)).collect();
    Ok(Statement::Configure { node, options })
}

fn link(cursor: &mut Cursor) -> Parsed<Statement> {
    let path = cursor.both_ways()?;
    let (mut latency, mut bandwidth) = (None, None);
    while !cursor.at_end() {
        if latency.is_none() && cursor.eat("latency=") {
            latency = Some(cursor.span()?);
        } else if bandwidth.is_none() && cursor.eat("bandwidth=") {
            bandwidth = Some(cursor.bandwidth()?);
        } else {
            return Err(
                cursor.fail_among("latency=TIME or bandwidth=RATE, each once", ["latency", "bandwidth"])
            );
        }
    }
    Ok(Statement::Link { path, latency, bandwidth })
}

fn bandwidth(cursor: &mut Cursor) -> Parsed<Statement> {
    let path = cursor.path()?;
    let bandwidth = if cursor.eat_word("unlimited") { None } else { Some(cursor.bandwidth()?) };
    Ok(Statement::Bandwidth { path, bandwidth })
}

fn every(cursor: &mut Cursor) -> Parsed<Statement> {
    cursor.skip_blanks();
    let mut start = *cursor;
    let every = cursor.span()?;
    if every.0 == 0 {
        return Err(start.fail("a time above 0"));
    }
    let times = if cursor.eat("times=") { Some(cursor.number("a number")?) } else { None };
    let (node, line) = typed(cursor)?;
    Ok(Statement::Every { every, times, node, line })
}

/// `a> SET name redis`: the rest of the line is the command.
pub(super) fn typed(cursor: &mut Cursor) -> Parsed<(Name, String)> {
    let node = cursor.node()?;
    if !cursor.rest().starts_with('>') {
        return Err(cursor.fail("> directly after the node"));
    }
    cursor.eat(">");
    Ok((node, text(cursor, "a command")?))
}

/// The manual of the scenario text, in Markdown, made from the tables that the parser uses.
pub fn manual() -> String {
    let mut out = String::from(MANUAL_HEAD);
    for verb in &VERBS {
        out.push_str(&format!("\n### {}\n\n`{}`\n\n{}\n", verb.name, verb.form, verb.what));
        out.push_str(&format!("\n```resync\nresync 1\n{}\n```\n", verb.example.trim_end()));
    }
    out.push_str(MANUAL_CONDITIONS);
    out.push_str("\n| field | what it is |\n|---|---|\n");
    for row in &FIELDS {
        out.push_str(&format!("| `{}` | {} |\n", row.name, row.what));
    }
    for (name, _, what) in SLAVE_FIELDS {
        let dot = if name.is_empty() { "" } else { "." };
        out.push_str(&format!("| `slave0{dot}{name}` | {what} |\n"));
    }
    out.push_str("\nKinds of events: ");
    let kinds: Vec<String> = super::events::kinds().map(|kind| format!("`{kind}`")).collect();
    out.push_str(&kinds.join(", "));
    out.push_str(".\n");
    out
}

const MANUAL_HEAD: &str = "# The scenario text\n\n\
A scenario is a text: a line is a statement, a comment (`# …`) or blank. The first line is `resync 1`. A line\n\
`a> SET name redis` types a command at the terminal of node `a`; everything else begins with a verb. Statements\n\
take effect one after the other; time passes only in `after`, `at`, `until` and `cue`.\n\n\
Times have a unit (`us`, `ms`, `s`, `min`, `h`), rates too (`bit`, `kbit`, `mbit`, `gbit` a second). Values with\n\
blanks stand in double quotes. `a-b` is the link between two nodes, `a->b` one direction of it.\n\n## Verbs\n";

const MANUAL_CONDITIONS: &str = "\n## Conditions\n\n\
`until`, `cue`, `expect` and breakpoints take a condition: one or more tests, joined by `and`.\n\n\
- `b.offset = 120`, `b.offset >= a.backlog.first`: a field compared (`=` `!=` `<` `<=` `>` `>=`) with a value or\n  another field;\n\
- `b[\"name\"] = \"resync\"`: a string key of database 0; `none` when it is not there;\n\
- `b.synced`, `a.snapshot`: a field that is yes or no;\n\
- `b = a`, `b != a`: the two hold the same data, or not;\n\
- `event b.psync-sent`, `event psync-decided`: it happened since the wait began.\n";
