//! The card of one node: who it is, how far its data are, what they are, and who follows it.

use std::rc::Rc;

use yew::prelude::*;

use crate::base::{Instant, Offset, ReplId, Version, sort_by, sort_by_key};
use crate::narrate::grouped as number;
use crate::node::link::LinkState;
use crate::node::view::{MasterView, ReplicaStage, ReplicaView};
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::px::px;
use crate::ui::snapshot::{DataRow, GLOW, NodeCard, Process, Role};
use crate::ui::stage::layout::{Density, LEAN, MICRO, MINI, SLIM, Shape, is_crowded};
use crate::ui::stage::{Look, menu};
use crate::ui::store::Act;
use crate::ui::words::{Locale, Say, Word};

/// The card. `now` only matters while something on it moves.
pub fn card(card: &Rc<NodeCard>, now: Instant, look: &Look, shape: Shape, width: f64) -> Html {
    let (slim, lean) = (width < SLIM, width < LEAN);
    let l = look.locale;
    let role = card.role();
    let select = {
        let name = card.name.clone();
        look.emit.reform(move |_: MouseEvent| Act::Select(name.clone()))
    };
    let class = classes!(
        "card",
        match role {
            Role::Master => "is-master",
            Role::Replica => "is-replica",
            Role::Alone => "is-alone",
        },
        (shape.density != Density::Full).then_some("tight"),
        slim.then_some("slim"),
        lean.then_some("lean"),
        (width < MINI).then_some("mini"),
        (width < MICRO).then_some("micro"),
        is_crowded(card, shape, width).then_some("crowded"),
        (!card.is_up()).then_some("is-down"),
        (card.process == Process::Paused).then_some("is-paused"),
        (look.selected.as_deref() == Some(&*card.name)).then_some("is-selected"),
    );
    html! {
        <div {class} role="group" aria-label={l.f(Word::NodeName, &[&card.name])} data-node={card.name.clone()}
             data-process={format!("{:?}", card.process).to_ascii_lowercase()} onclick={select}>
            <Head ..head(card, role, look) />
            { if card.is_up() { stations(card, now, slim, l) } else { html!() } }
            { body(card, now, if width < MICRO { 0 } else { shape.rows }, slim, l) }
            { if card.is_up() { followers(card, now, shape.density, l) } else { html!() } }
        </div>
    }
}

/// What a card is headed by, which changes far less often than what is below it.
#[derive(PartialEq, Properties)]
struct HeadProps {
    name: Rc<str>,
    role: String,
    version: Version,
    paused: bool,
    /// Otherwise it has no history and no ID.
    up: bool,
    history: Option<ReplId>,
    run_id: ReplId,
    second_id: Option<(ReplId, Offset)>,
    /// The card, while its menu is open: what is in that depends on all of it.
    opened: Option<Rc<NodeCard>>,
    look: Look,
}

fn head(card: &Rc<NodeCard>, role: Role, look: &Look) -> HeadProps {
    let l = look.locale;
    let opened = match &look.menu {
        Some(menu::Menu::Node(of) | menu::Menu::NodeValues(of)) => *of == card.name,
        _ => false,
    };
    HeadProps {
        name: card.name.clone(),
        role: match (card.process, role) {
            (Process::Crashed, _) => l.t(Word::Crashed).to_owned(),
            (_, Role::Master) => l.t(Word::Master).to_owned(),
            (_, Role::Replica) => l.f(Word::ReplicaOf, &[card.master().unwrap_or("?")]),
            (_, Role::Alone) => l.t(Word::AloneShort).to_owned(),
        },
        version: card.view.version,
        paused: card.process == Process::Paused,
        up: card.is_up(),
        history: card.history,
        run_id: card.view.run_id,
        second_id: card.view.second_id.filter(|_| card.is_up()),
        opened: opened.then(|| card.clone()),
        look: look.clone(),
    }
}

#[component]
fn Head(props: &HeadProps) -> Html {
    let l = props.look.locale;
    html! {
        <header class="card-head">
            <span class="glyph" aria-hidden="true">{ &*props.name }</span>
            <span class="who">
                <span class="chip" data-field="role">{ props.role.clone() }</span>
                <span class="soft ver"><span>{ "redis " }</span>{ props.version.to_string() }</span>
                if props.paused {
                    <span class="chip chip-held">{ icon(Icon::Pause) }{ l.t(Word::PausedProcess) }</span>
                }
            </span>
            { identity(props.history, props.run_id, props.up, l) }
            { second(props.second_id, l) }
            { menu::node(&props.name, props.opened.as_deref(), &props.look) }
        </header>
    }
}

/// The first characters of an ID, coloured by it.
pub fn identity(history: Option<ReplId>, run_id: ReplId, up: bool, l: Locale) -> Html {
    if !up {
        return html! { <span class="tag tag-none" data-field="id">{ "—" }</span> };
    }
    let Some(id) = history else {
        let title = l.f(Word::RunId, &[&run_id.to_text()]);
        return html! { <span class="tag tag-none" data-field="id" {title}>{ l.t(Word::NoId) }</span> };
    };
    let title =
        format!("{}\n{}", l.f(Word::ReplicationId, &[&id.to_text()]), l.f(Word::RunId, &[&run_id.to_text()]));
    // A narrow card shows the start alone.
    let mut start = id.short();
    let rest = start.split_off(6);
    html! { <span class={classes!("tag", hue(&id))} data-field="id" {title}>{ &start }<span class="rest">{ rest }</span></span> }
}

/// The history that a promoted node still knows (`master_replid2`).
fn second(second: Option<(ReplId, Offset)>, l: Locale) -> Html {
    let Some((id, offset)) = second else { return html!() };
    let title = l.f(Word::SecondId, &[&id.to_text(), &number_i(offset.0)]);
    html! { <span class={classes!("tag", "second", hue(&id))} data-field="second-id" role="img" aria-label={title.clone()} {title}>{ "²" }</span> }
}

/// The colour class of an ID.
pub fn hue(id: &ReplId) -> &'static str {
    const HUES: [&str; 12] = [
        "hue-0", "hue-1", "hue-2", "hue-3", "hue-4", "hue-5", "hue-6", "hue-7", "hue-8", "hue-9", "hue-10",
        "hue-11",
    ];
    let sum =
        id.as_bytes().iter().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    HUES[(sum >> 3) as usize % HUES.len()]
}

// -- the replica's side ---------------------------------------------------------------------------------------

const STATIONS: [Word; 6] = [
    Word::StationConnect,
    Word::StationPing,
    Word::StationConf,
    Word::StationPsync,
    Word::StationRdb,
    Word::StationStream,
];

/// Which station a link stands at.
fn station(link: LinkState) -> usize {
    match link {
        LinkState::None | LinkState::Connect | LinkState::Connecting => 0,
        LinkState::AwaitPong | LinkState::AwaitAuth => 1,
        LinkState::AwaitPort | LinkState::AwaitIp | LinkState::AwaitCapa => 2,
        LinkState::AwaitPsync => 3,
        LinkState::Transfer => 4,
        LinkState::Connected => 5,
    }
}

/// The same in a word, for a card that has no room for a sentence.
fn link_word(link: LinkState, l: Locale) -> &'static str {
    l.t(if link == LinkState::Connected { Word::LinkConnected } else { STATIONS[station(link)] })
}

/// One sentence on where a replica stands.
pub fn link_sentence(master: &MasterView, l: Locale) -> String {
    let word = match master.link {
        LinkState::None => Word::LinkNone,
        LinkState::Connect => Word::LinkConnect,
        LinkState::Connecting => Word::LinkConnecting,
        LinkState::AwaitPong => Word::LinkPong,
        LinkState::AwaitAuth => Word::LinkAuth,
        LinkState::AwaitPort => Word::LinkPort,
        LinkState::AwaitIp => Word::LinkIp,
        LinkState::AwaitCapa => Word::LinkCapa,
        LinkState::AwaitPsync => Word::LinkPsync,
        LinkState::Transfer => match &master.transfer {
            Some(transfer) if transfer.loading.is_some() => Word::Loading,
            Some(transfer) if transfer.received.0 > 0 => Word::Receiving,
            _ => Word::LinkTransfer,
        },
        LinkState::Connected => Word::LinkConnected,
    };
    l.f(word, &[&master.host])
}

fn stations(card: &NodeCard, now: Instant, slim: bool, l: Locale) -> Html {
    let Some(master) = &card.view.master else { return html!() };
    let current = station(master.link);
    let sentence = link_sentence(master, l);
    let said = if slim { link_word(master.link, l).to_owned() } else { sentence.clone() };
    html! {
        <div class={classes!("stations", (current == 5).then_some("arrived"), (current == 4).then_some("taking"))}>
            <Stations {current} locale={l} />
            <div class="sentence" data-field="link" data-state={format!("{:?}", master.link)}>
                <span title={sentence}>{ said }</span>
                { transfer(card, master, now, l) }
            </div>
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct StationsProps {
    current: usize,
    locale: Locale,
}

/// The stations of the handshake, the current one lit.
#[component]
fn Stations(props: &StationsProps) -> Html {
    let l = props.locale;
    let dots = STATIONS.iter().enumerate().map(|(i, word)| {
        let class = match i.cmp(&props.current) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "ahead",
        };
        let current = (i == props.current).then_some("step");
        html! { <li key={i} {class} aria-current={current} title={l.t(*word)}><i></i><span>{ l.t(*word) }</span></li> }
    });
    html! { <ol>{ for dots }</ol> }
}

/// How much of the RDB is there, or loaded.
fn transfer(card: &NodeCard, master: &MasterView, now: Instant, l: Locale) -> Html {
    let Some(transfer) = &master.transfer else { return html!() };
    let (part, text) = match (&transfer.loading, transfer.bytes) {
        (Some((elapsed, takes)), _) => {
            let passed = (elapsed.0 + now.since(card.at).0).min(takes.0);
            (ratio(passed, takes.0), format!("{} / {} ms", passed / 1_000_000, takes.as_ms()))
        }
        (None, Some(bytes)) => (
            ratio(transfer.received.0, bytes.0),
            l.f(Word::BytesOf, &[&number(transfer.received.0), &number(bytes.0)]),
        ),
        (None, None) => (0.0, l.f(Word::Bytes, &[&number(transfer.received.0)])),
    };
    html! { <>{ bar(part, "bar-rdb") }<span class="num">{ text }</span></> }
}

// -- data -----------------------------------------------------------------------------------------------------

fn body(card: &NodeCard, now: Instant, room: usize, slim: bool, l: Locale) -> Html {
    if !card.is_up() {
        let (word, hint) = (if slim { Word::Crashed } else { Word::CrashedHint }, l.t(Word::CrashedHint));
        return html! { <div class="card-body gone" title={hint}>{ l.t(word) }</div> };
    }
    // Where no data have room, the offset lights up in their stead.
    let newest = card.rows.iter().filter_map(|row| row.changed).max().filter(|_| room == 0);
    html! {
        <div class="card-body">
            <div class={classes!("offset", newest.and_then(|at| lit(at, now)))}>
                <span class="label">{ l.t(Word::Offset) }</span>
                {
                    match card.offset() {
                        Some(offset) => html! { <span class="big" data-field="offset">{ number_i(offset.0) }</span> },
                        None => html! { <span class="big none" data-field="offset" title={l.t(Word::NoOffset)}>{ "—" }</span> },
                    }
                }
                if room != 1 { <span class="label count">{ l.f(if card.view.keys == 1 { Word::OneKey } else { Word::Keys }, &[&number(card.view.keys)]) }</span> }
            </div>
            if room > 0 { { data(card, now, room, l) } }
        </div>
    }
}

/// As much of the dataset as there is room for.
fn data(card: &NodeCard, now: Instant, room: usize, l: Locale) -> Html {
    if card.rows.is_empty() {
        return html! { <p class="data empty">{ l.t(Word::NoData) }</p> };
    }
    let all = card.view.keys as usize;
    // What changed last must be seen, even where not every key has room, and of equal data the same on every card.
    let mut rows: Vec<&DataRow> = card.rows.iter().collect();
    if all > room {
        sort_by_key(&mut rows, |row| std::cmp::Reverse(row.touched));
        rows.truncate(room);
        sort_by(&mut rows, |a, b| (a.db, &a.key).cmp(&(b.db, &b.key)));
    }
    html! {
        <table class="data" aria-label={l.f(Word::DataOf, &[&card.name])}>
            <tbody>
                { for rows.into_iter().map(|row| data_row(row, now, if room == 1 { all - 1 } else { 0 }, l)) }
            </tbody>
        </table>
    }
}

/// The light on what changed at that moment; it goes out in three steps.
fn lit(at: Instant, now: Instant) -> Option<&'static str> {
    let age = Some(now.since(at)).filter(|age| *age < GLOW)?;
    Some(match age.0 * 3 / GLOW.0 {
        0 => "lit-3",
        1 => "lit-2",
        _ => "lit-1",
    })
}

/// A key, with how many others have no room, where nothing else says so.
fn data_row(row: &DataRow, now: Instant, more: usize, l: Locale) -> Html {
    let lit = row.changed.and_then(|at| lit(at, now));
    let place = (row.db > 0).then(|| html! { <small class="db" title={l.f(Word::InDatabase, &[&row.db.to_string()])}>{ format!("{}:", row.db) }</small> });
    // Only what may be cut needs to be told in full.
    let title = |text: &Rc<str>| (text.len() > 6).then(|| text.clone());
    html! {
        <tr key={format!("{}:{}", row.db, row.key)} class={lit} data-key={row.key.clone()}>
            <th scope="row" title={title(&row.key)}>{ place.unwrap_or_default() }{ &*row.key }if more > 0 { <small class="db">{ format!(" +{more}") }</small> }</th>
            <td title={title(&row.value)}>{ row.expires.map(|at| life(at, now, l)).unwrap_or_default() }{ &*row.value }</td>
        </tr>
    }
}

/// How long a key still lives.
fn life(until: Instant, now: Instant, l: Locale) -> Html {
    if until <= now {
        let title = l.t(Word::ExpiredKept);
        return html! { <small class="life over" {title}>{ icon(Icon::Clock) }{ "0 s" }</small> };
    }
    let seconds = until.since(now).as_ms().div_ceil(1000);
    let text = match seconds {
        0..=120 => format!("{seconds} s"),
        121..=7200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    };
    html! { <small class="life" title={l.f(Word::ExpiresIn, &[&text])}>{ icon(Icon::Clock) }{ text }</small> }
}

// -- the master's side ----------------------------------------------------------------------------------------

fn followers(card: &NodeCard, now: Instant, density: Density, l: Locale) -> Html {
    if card.view.replicas.is_empty() && card.view.snapshot.is_none() {
        return html!();
    }
    html! {
        <div class="followers">
            if density == Density::Full || card.view.snapshot.is_some() {
                <div class="followers-head">
                    if density == Density::Full && !card.view.replicas.is_empty() {
                        <span class="label">{ l.f(Word::ReplicasOf, &[&card.name]) }</span>
                    }
                    { snapshot(card, now, l) }
                </div>
            }
            <ul aria-label={l.f(Word::ReplicasOf, &[&card.name])}>
                { for card.view.replicas.iter().map(|replica| follower(card, replica, l)) }
            </ul>
        </div>
    }
}

fn snapshot(card: &NodeCard, now: Instant, l: Locale) -> Html {
    let Some(snapshot) = &card.view.snapshot else { return html!() };
    let passed = (snapshot.elapsed.0 + now.since(card.at).0).min(snapshot.takes.0);
    let label =
        l.f(Word::SnapshotLabel, &[&(passed / 1_000_000).to_string(), &snapshot.takes.as_ms().to_string()]);
    html! {
        <span class="snapshot" role="img" aria-label={label}>
            <span>{ "BGSAVE" }</span>
            { bar(ratio(passed, snapshot.takes.0), "bar-rdb") }
            <span class="num">{ l.f(Word::Bytes, &[&number(snapshot.bytes.0)]) }</span>
        </span>
    }
}

fn follower(card: &NodeCard, replica: &ReplicaView, l: Locale) -> Html {
    let (word, class, part) = match replica.stage {
        ReplicaStage::WaitsForStart => (Word::StageWaitsStart, "k-rdb", None),
        ReplicaStage::WaitsForEnd { .. } => (Word::StageWaitsEnd, "k-rdb", None),
        ReplicaStage::Transfer { sent, bytes, .. } => (Word::StageTransfer, "k-rdb", Some((sent, bytes))),
        ReplicaStage::AwaitsAck { .. } => (Word::StageAwaitsAck, "k-talk", None),
        ReplicaStage::Online => (Word::StageOnline, "k-stream", None),
    };
    let lag = card.view.offset.map_or(0, |offset| offset.minus(replica.acked)).max(0);
    let online = replica.stage == ReplicaStage::Online;
    html! {
        <li key={replica.conn.0.to_string()} class={class} data-replica={replica.host.clone()}>
            <div class="follower">
                <b>{ &*replica.host }</b>
                <span class="stage-word">{ l.t(word) }</span>
                {
                    match part {
                        Some((sent, bytes)) => html! {
                            <>{ bar(ratio(sent.0, bytes.0), "bar-rdb") }<span class="num">{ format!("{} / {} B", number(sent.0), number(bytes.0)) }</span></>
                        },
                        None if online && replica.counts && card.view.offset.is_some() => html! {
                            <span class="num">{ l.f(Word::Acked, &[&number_i(replica.acked.0)]) }
                                if lag > 0 { <em>{ format!(" −{}", number_i(lag)) }</em> }
                            </span>
                        },
                        None => html!(),
                    }
                }
            </div>
            { tiles(replica, l) }
        </li>
    }
}

/// The writes kept for a replica that waits for its RDB, one tile a command.
fn tiles(replica: &ReplicaView, l: Locale) -> Html {
    if replica.buffered.is_empty() {
        return html!();
    }
    let count = replica.buffered.len();
    const SHOWN: usize = 5;
    let label = l.f(Word::Tiles, &[&count.to_string(), &replica.host, &replica.pending.to_string()]);
    html! {
        <div class="tiles" role="img" aria-label={label.clone()} title={label} data-buffered={count.to_string()}>
            if count > SHOWN { <span class="tile tile-more" key="more">{ format!("+{}", count - SHOWN) }</span> }
            { for replica.buffered[count.saturating_sub(SHOWN)..].iter().map(|segment| html! {
                <span class="tile" key={segment.first.0.to_string()}>{ &*segment.label }</span>
            }) }
        </div>
    }
}

// -- small things ---------------------------------------------------------------------------------------------

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) }
}

/// A bar that is full at 1.
fn bar(part: f64, class: &'static str) -> Html {
    html! {
        <svg class={classes!("bar", class)} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect class="bar-bed" width="100" height="6" rx="3" />
            <rect class="bar-fill" width={px(part * 100.0)} height="6" rx="3" />
        </svg>
    }
}

pub fn number_i(n: i64) -> String {
    if n < 0 { format!("−{}", number(n.unsigned_abs())) } else { number(n as u64) }
}
