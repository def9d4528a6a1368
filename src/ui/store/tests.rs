//! What the page shows, natively: the first visit, and that a moment looks the same however it was reached.

use std::rc::Rc;

use super::Store;
use super::act::{Act, LinkDeed, NodeDeed, reduce};
use super::engine::Engine;
use super::opening::{Opening, Step};
use crate::base::{Instant, Span, Version};
use crate::node::link::LinkState;
use crate::scenario::Moment;
use crate::scenario::link::{Outcomes, Shared, decode, encode};
use crate::scenario::verdict_words;
use crate::ui::guide::next::{CHAPTERS, Guide};
use crate::ui::snapshot::{Ask, Carries, Role, WorldView};
use crate::ui::words::{Locale, Word};

fn name(name: &str) -> Rc<str> {
    name.into()
}

/// The first visit, with `c` told to follow `a`, after `ms` milliseconds more.
fn three_in_line(ms: u64) -> Engine {
    let mut engine = Engine::first_visit();
    engine.line(&name("c"), "SLAVEOF a 6379").expect("c takes a line");
    let to = engine.now() + Span::from_ms(ms);
    engine.advance(to);
    engine
}

fn link_of(view: &WorldView, node: &str) -> Option<LinkState> {
    Some(view.node(node)?.view.master.as_ref()?.link)
}

#[test]
fn a_first_visit_has_a_master_a_replica_in_sync_and_a_node_alone() {
    let view = Engine::first_visit().photograph();
    let roles: Vec<Role> = view.nodes.iter().map(|card| card.role()).collect();
    assert_eq!(roles, [Role::Master, Role::Replica, Role::Alone]);
    assert_eq!(link_of(&view, "b"), Some(LinkState::Connected));
    assert_eq!(view.node("a").map(|a| a.history), view.node("b").map(|b| b.history));
    assert!(view.nodes.iter().all(|card| card.view.version == Version::V2_8));
}

#[test]
fn the_invited_line_makes_a_replica() {
    let view = three_in_line(3_200).photograph();
    assert_eq!(link_of(&view, "c"), Some(LinkState::Connected));
    let rows = |node: &str| {
        view.node(node).map(|card| card.rows.iter().map(|row| row.value.clone()).collect::<Vec<_>>())
    };
    assert_eq!(rows("a"), rows("c"));
}

#[test]
fn a_moment_looks_the_same_played_stepped_back_to_or_sought() {
    let mut engine = three_in_line(0);
    let (start, mut seen) = (engine.now(), Vec::new());
    for ms in (0..1_500).step_by(30) {
        engine.advance(start + Span::from_ms(ms));
        seen.push((engine.now(), engine.photograph()));
    }
    for (at, view) in seen.iter().rev() {
        engine.seek(*at);
        assert_eq!(engine.photograph(), *view, "back at {at}");
    }
    for (at, view) in &seen {
        engine.seek(Instant::ZERO);
        engine.seek(*at);
        assert_eq!(engine.photograph(), *view, "sought {at}");
    }
    let end = seen.len() - 1;
    engine.seek(seen[end].0);
    engine.step(true);
    engine.step_back(true);
    engine.seek(seen[end].0);
    assert_eq!(engine.photograph(), seen[end].1);
}

#[test]
fn a_cut_link_looks_cut_and_its_replica_continues_after_healing() {
    let mut engine = three_in_line(3_000);
    engine.link(&name("a"), &name("b"), LinkDeed::Cut).expect("a link");
    engine.line(&name("a"), "SET city Bergen").expect("a line");
    let view = engine.photograph();
    assert_eq!(view.link("b", "a").map(|link| link.state), Some(Carries::Cut));
    engine.link(&name("a"), &name("b"), LinkDeed::Heal).expect("a link");
    engine.advance(engine.now() + Span::from_secs(3));
    let view = engine.photograph();
    let Some(Ask::Decided(decision)) = view.decision.as_ref().map(|card| &card.ask) else {
        panic!("no decision")
    };
    assert!(matches!(decision.verdict, crate::node::verdict::Verdict::Continue { .. }), "{decision:?}");
}

#[test]
fn an_old_master_answers_with_an_error() {
    let mut engine = Engine::first_visit();
    engine.node(&name("a"), NodeDeed::Version(Version::V2_6)).expect("another release");
    engine.advance(engine.now() + Span::from_secs(5));
    let view = engine.photograph();
    let decision = view.decision.as_ref().expect("b asked");
    assert_eq!((&*decision.master, &*decision.replica), ("a", "b"));
    assert!(matches!(&decision.ask, Ask::Unknown { .. }));
    assert_eq!(link_of(&view, "b"), Some(LinkState::Connected));
    let places: Vec<_> = view.nodes.iter().map(|card| &*card.name).collect();
    assert_eq!(places, ["a", "b", "c"], "the new a stands where the old one stood");
}

#[test]
fn a_restart_for_a_new_value_keeps_the_data() {
    let mut engine = Engine::first_visit();
    engine.line(&name("a"), "SET kept yes").expect("a master takes it");
    engine.node(&name("a"), NodeDeed::Backlog(Some(128))).expect("a size");
    engine.advance(engine.now() + Span::from_secs(1));
    let view = engine.photograph();
    let a = view.node("a").expect("it runs again");
    assert!(a.rows.iter().any(|row| &*row.key == "kept"), "{:?}", a.rows);
    assert!(a.view.backlog.as_ref().is_none_or(|backlog| backlog.teaching));
}

#[test]
fn a_shared_moment_opens_as_it_was() {
    let mut engine = three_in_line(700);
    engine.link(&name("a"), &name("b"), LinkDeed::Cut).expect("a link");
    engine.advance(engine.now() + Span::from_ms(300));
    let tail = engine.timeline.link().expect("short enough");
    let (opened, notice) = opened(&tail, Locale::En);
    assert!(notice.contains("shared moment"), "{notice}");
    assert_eq!(opened.expect("it opens").photograph(), engine.photograph());
}

/// What the page comes to with an address, and what it says.
fn opened(address: &str, l: Locale) -> (Option<Engine>, String) {
    match Opening::link(address, l).map(|opening| opening.advance(0, l)) {
        Ok(Step::Done(timeline, said)) => (Some(Engine::of(*timeline)), said.unwrap_or_default()),
        Ok(Step::Failed(said)) | Err(said) => (None, said),
        Ok(Step::Working(_)) => unreachable!("without a clock it works to the end"),
    }
}

#[test]
fn a_bad_link_says_in_both_languages_what_is_wrong_with_it() {
    let link = three_in_line(700).timeline.link().expect("short enough");
    let text =
        |text: &str| Shared { text: text.into(), moment: Moment::START, outcomes: Outcomes::default() };
    let cases = [
        ("#s=".to_owned(), "no scenario in it", "没有场景"),
        (link[..link.len() / 2].to_owned(), "characters are missing", "字符丢失"),
        (link.replacen("#s=1", "#s=4", 1), "newer version of Resync", "更新版本"),
        (format!("#s=1{}", "A".repeat(200_000)), "200004 characters", "200004 个字符"),
        (
            encode(&text("resync 1\nnoed a")).expect("short"),
            "line 2, column 1: expected a verb",
            "第 2 行第 1 列，需要：动词",
        ),
        (encode(&text("resync 2\n")).expect("short"), "line 1, column 8", "第 1 行第 8 列"),
    ];
    for (address, en, zh) in cases {
        for (l, words) in [(Locale::En, en), (Locale::ZhHans, zh)] {
            let (engine, said) = opened(&address, l);
            assert!(engine.is_none() && said.contains(words), "{said}");
        }
    }
}

#[test]
fn an_outcome_that_differs_is_said_with_its_milestone() {
    let link = three_in_line(700).timeline.link().expect("short enough");
    let mut shared = decode(&link).expect("our own link");
    shared.outcomes.digests[2] ^= 1;
    let (engine, said) = opened(&encode(&shared).expect("short enough"), Locale::En);
    assert!(engine.is_some() && said.contains("from milestone 3 on (at "), "{said}");
}

#[test]
fn an_rdb_file_is_loaded_by_a_node_that_can_read_it() {
    let mut engine = three_in_line(700);
    let rdb = engine.rdb("a").expect("it runs");
    engine.load(&name("c"), rdb).expect("its own release");
    assert_eq!(engine.photograph().node("c").map(|card| card.view.keys), Some(3));
    let error = engine.load(&name("c"), b"REDIS0010\xff".to_vec()).expect_err("2.8 reads up to version 6");
    assert!(error.contains("c cannot load this RDB file"), "{error}");
}

#[test]
fn every_lesson_opens_with_words_on_every_page() {
    for (number, lesson) in crate::narrate::LESSONS.iter().enumerate() {
        let text = std::fs::read_to_string(format!("www/lessons/{}.resync", lesson.file))
            .expect("the lesson's file");
        let (lesson, timeline) = super::lesson::Lesson::open(Some(number), &text).expect("the lesson runs");
        assert_eq!(lesson.page_at(timeline.moment()), 0, "{number}");
        for page in &lesson.pages {
            assert!(
                Locale::ALL.iter().all(|l| !page.text(*l).is_empty()),
                "lesson {number}, {:?}",
                page.shown
            );
        }
        assert!(lesson.pages.windows(2).all(|pair| pair[0].shown <= pair[1].shown), "{number}");
    }
}

/// Everything that the first steps say, when somebody does what they say, and the answers to PSYNC on the way.
fn follow_the_first_steps() -> (Vec<Word>, Vec<&'static str>) {
    let store = Store::first_visit(Engine::first_visit());
    let mut store = store.with_ui(|ui| ui.guide = Some(Guide::default()));
    let (mut said, mut answers) = (Vec::new(), Vec::new());
    for _ in 0..4_000 {
        let guide = store.ui.guide.clone().expect("the first steps are shown");
        let advice = guide.next(&store.view);
        if said.last() != Some(&advice.ask.0) {
            said.push(advice.ask.0);
        }
        let answer = match store.view.decision.as_deref().map(|card| &card.ask) {
            Some(Ask::Decided(decision)) => verdict_words(&decision.verdict).0,
            Some(Ask::Unknown { .. }) => "ERR",
            None => "none",
        };
        if answers.last() != Some(&answer) {
            answers.push(answer);
        }
        if advice.chapter == CHAPTERS {
            break;
        }
        store = match advice.act {
            Some((_, act)) => reduce(&store, act),
            None => reduce(&store, Act::Frame(50.0)),
        };
    }
    (said, answers)
}

#[test]
fn the_first_steps_lead_to_each_of_the_three_answers() {
    let (said, answers) = follow_the_first_steps();
    use Word::*;
    let expected = [
        AskJoin,
        WatchJoin,
        AskCut,
        AskWrite,
        AskHeal,
        WatchReturn,
        AskShrink,
        WatchRestarted,
        AskCutAgain,
        AskOverflow,
        AskHealLate,
        WatchReturn,
        AskOld,
        WatchRefusal,
        AskLessons,
    ];
    assert_eq!(said, expected);
    let seen = |answer: &str| answers.iter().position(|seen| *seen == answer);
    assert!(seen("CONTINUE").is_some() && seen("CONTINUE") < seen("ERR"), "{answers:?}");
    assert_eq!(answers.last(), Some(&"ERR"));
}

#[test]
fn the_first_steps_wait_for_the_write_that_they_ask_for() {
    let store = Store::first_visit(Engine::first_visit()).with_ui(|ui| ui.guide = Some(Guide::default()));
    let store = reduce(&store, Act::Link(name("a"), name("b"), LinkDeed::Cut));
    let wrote = |node: &str, line: &str| {
        let after = reduce(&store, Act::Line(name(node), line.into()));
        after.ui.guide.as_ref().is_some_and(|guide| guide.wrote)
    };
    assert!(!wrote("b", "SET city Bergen"), "a replica refuses it");
    assert!(!wrote("a", "GET city"), "reading is not writing");
    assert!(wrote("a", "SET city Bergen"));
}

#[test]
fn the_first_steps_follow_whoever_goes_another_way() {
    let store = Store::first_visit(Engine::first_visit()).with_ui(|ui| ui.guide = Some(Guide::default()));
    let ask = |store: &Store| store.ui.guide.as_ref().map(|guide| guide.next(&store.view).ask.0);
    let crashed = reduce(&store, Act::Node(name("a"), NodeDeed::Crash));
    assert_eq!(ask(&crashed), Some(Word::AskRestart));
    let store = reduce(&crashed, Act::Node(name("a"), NodeDeed::Restart));
    assert_ne!(ask(&store), Some(Word::AskRestart));
    let gone =
        ["a", "b"].iter().fold(store, |store, gone| reduce(&store, Act::Node(name(gone), NodeDeed::Remove)));
    assert_eq!(ask(&gone), Some(Word::AskStartOver));
}
