//! Text in, text out.

use super::*;

const SAMPLE: &str = r#"resync 1
title A short cut in the link
title[zh-Hans] 链路的短暂中断
seed 42
node a redis=2.8 teaching-backlog=128
node b redis=2.8 slaveof="a 6379"
link a-b latency=20ms bandwidth=1mbit

# b has never replicated anything: it asks for everything.
step ask
cue event b.psync-sent limit=2s
look decision a
prose It asks for byte {b.offset}, {{literally}.
|
| Second paragraph.
prose[zh-Hans] 它请求
a> SET name "re\"dis # not a comment"
raw a "PING\r\n\x00"
every 500ms times=3 a> INCR n:{n}
stop a
after 1.5s
at 2.000000001s
until b.synced and b.offset >= a.backlog.first
cut a-b
blackhole a->b
heal a-b
latency a->b 100ms
bandwidth a-b unlimited
configure a repl-timeout=5 save=""
crash a
restart a
load a UkVESVMwMDA2_wAAAAAAAAAA
pause b
resume b
expect b["na me"] = "resync" and a.slave0 = online and a.slave0.lag < 2
expect b = a and b != a
share 1s
remove b
"#;

fn error(text: &str) -> String {
    Scenario::parse(text).expect_err("a text with a mistake").to_string()
}

#[test]
fn printing_gives_back_what_was_read() {
    let scenario = Scenario::parse(SAMPLE).expect("a good text");
    assert_eq!(scenario.to_string(), SAMPLE);
    assert_eq!(Scenario::parse(&scenario.to_string()), Ok(scenario));
}

#[test]
fn spacing_is_made_canonical_and_nothing_else_is_lost() {
    let loose = "resync   1\r\n  node   a   redis=2.8\r\n#x\n\n  a>SET  a  b  \n";
    let scenario = Scenario::parse(loose).expect("a good text");
    assert_eq!(scenario.to_string(), "resync 1\nnode a redis=2.8\n# x\n\na> SET  a  b\n");
}

#[test]
fn errors_say_where_and_what_was_expected() {
    assert_eq!(
        error("resync 1\nnode a\nunitl a.synced"),
        "line 3, column 1: expected a verb, or a node and > and a command, found “unitl”; did you mean “until”?"
    );
    assert_eq!(
        error("resync 1\nnode alpha\ncrash alhpa"),
        "line 3, column 7: expected a node, found “alhpa”; did you mean “alpha”?"
    );
    assert_eq!(
        error("resync 1\nnode a\nuntil a.ofset = 3"),
        "line 3, column 9: expected a field of a node, found “ofset”; did you mean “offset”?"
    );
    assert_eq!(
        error("resync 1\nnode a\nuntil a.psync = CONTINE"),
        "line 3, column 17: expected one of CONTINUE, FULLRESYNC, ERR, SYNC, none, found “CONTINE”; \
         did you mean “CONTINUE”?"
    );
    assert_eq!(
        error("resync 1\nafter 50"),
        "line 2, column 7: expected a time with its unit, as 50ms or 1.5s (us, ms, s, min, h), found “50”"
    );
    assert_eq!(
        error("resync 2"),
        "line 1, column 8: expected format 1, the newest that this version reads, found “2”"
    );
    assert_eq!(error("node a"), "line 1, column 1: expected “resync 1” as the first line, found “node”");
    assert_eq!(
        error("resync 1\nnode a\nnode a"),
        "line 3, column 6: expected a name that is not taken, found “a”"
    );
    assert_eq!(error("resync 1\nnode a\nlink a-a"), "line 3, column 8: expected another node, found “a”");
}

#[test]
fn many_wrong_lines_are_refused_without_harm() {
    let wrong = [
        "after 99999999999999999999s",
        "after 1.5ns",
        "after s",
        "after 1..5s",
        "every 0s a> PING",
        "every 1s a>",
        "a>",
        "a >PING",
        "title",
        "title[zh",
        "node 1a",
        "node b redis=3.0",
        "node b x=\"",
        "node b x=1 x=2",
        "link a->b",
        "bandwidth a-b 0mbit",
        "seed -1",
        "expect a",
        "expect a.offset",
        "expect event nothing",
        "expect a[name] = 1",
        "expect a[\"n\"",
        "expect a.slave = online",
        "look sky",
        "| prose",
        "cue a.synced",
        "prose {a.nothing}",
        "prose {a.offset",
        "raw a PING",
        "until a.offset = 1 limit=",
        "seed 5",
        "step s\nstep s",
        "expect a.offset = \"\\x4\"",
    ];
    for line in wrong {
        let text = format!("resync 1\nnode a\n{line}");
        assert!(Scenario::parse(&text).is_err(), "{line:?} was taken");
    }
}

#[test]
fn every_example_of_the_manual_parses() {
    for verb in &VERBS {
        let text = format!("resync 1\n{}", verb.example);
        let scenario =
            Scenario::parse(&text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", verb.name));
        assert!(verb.example.contains(verb.name), "the example of {} does not show it", verb.name);
        assert_eq!(Scenario::parse(&scenario.to_string()), Ok(scenario));
    }
}

#[test]
fn times_and_rates_are_exact() {
    let printed = |line: &str| {
        let scenario = Scenario::parse(&format!("resync 1\nnode a\nnode b\n{line}")).expect("a good line");
        scenario.statements().last().expect("a statement").1.to_string()
    };
    assert_eq!(printed("after 0.000000001s"), "after 1ns");
    assert_eq!(printed("after 2min"), "after 120s");
    assert_eq!(printed("after 1.5ms"), "after 1.5ms");
    assert_eq!(printed("bandwidth a-b 1.5mbit"), "bandwidth a-b 1500kbit");
}

#[test]
fn an_input_prints_as_the_line_that_does_it() {
    use crate::base::{Span, Version};
    use crate::sim::{Input, Way};
    let (a, b): (Name, Name) = ("a".into(), "b".into());
    let inputs = [
        Input::AddNode {
            name: "c".into(),
            version: Version::V7_0,
            options: vec![("slaveof".into(), "a 6379".into()), ("save".into(), String::new())],
        },
        Input::Link { a: a.clone(), b: b.clone(), latency: Some(Span::from_ms(5)), bandwidth: None },
        Input::Type { node: a.clone(), line: "SET \"a b\" c".into() },
        Input::Raw { node: a.clone(), bytes: b"PING \"x\\\"\r\n\x00\xff".as_slice().into() },
        Input::Cut { from: a.clone(), to: b.clone(), way: Way::Both },
        Input::Blackhole { from: a.clone(), to: b.clone(), way: Way::OneWay },
        Input::Bandwidth { from: a.clone(), to: b.clone(), way: Way::Both, bandwidth: None },
        Input::Bandwidth {
            from: a.clone(),
            to: b.clone(),
            way: Way::OneWay,
            bandwidth: Some(Bandwidth(64_000)),
        },
        Input::Latency { from: a.clone(), to: b.clone(), way: Way::Both, latency: Span::from_us(1_500) },
        Input::Configure { node: a.clone(), directive: "save".into(), value: "900 \"1\" \\".into() },
        Input::Workload { node: a.clone(), every: Span::from_ms(500), line: "INCR n".into(), count: Some(3) },
        Input::StopWorkload { node: a.clone() },
        Input::Crash { node: a },
    ];
    for input in inputs {
        let text = format!("resync 1\nnode a\nnode b\n{input}");
        let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(scenario.statements().last().expect("a line").1.inputs(), [input]);
    }
}
