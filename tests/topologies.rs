//! Mixed topologies with real servers in every position: chains of three in which real servers and our nodes
//! alternate, a cut in the middle, and a promotion; and pairs of different ages. Each story is also told of real
//! servers alone, in the same run.

mod support;

use std::time::Duration;

use resync::base::Version;
use support::pair::dataset;
use support::{Client, Kind, Proxy, Server, wait_for, wait_until};

const OURS_7_0: Kind = Kind::Ours(Version::V7_0);
const OURS_2_8: Kind = Kind::Ours(Version::V2_8);

#[test]
fn a_chain_of_real_7_0_servers_fulfils_the_story() {
    play([Kind::Real70; 3]);
}

#[test]
fn our_node_passes_the_stream_of_a_real_7_0_on_to_a_real_7_0() {
    play([Kind::Real70, OURS_7_0, Kind::Real70]);
}

#[test]
fn a_real_7_0_passes_the_stream_of_our_node_on_to_our_node() {
    play([OURS_7_0, Kind::Real70, OURS_7_0]);
}

#[test]
fn a_chain_of_real_2_8_servers_fulfils_the_story() {
    play([Kind::Real28; 3]);
}

#[test]
fn our_node_stands_between_two_real_2_8_servers() {
    play([Kind::Real28, OURS_2_8, Kind::Real28]);
}

#[test]
fn a_real_2_8_stands_between_two_of_our_nodes() {
    play([OURS_2_8, Kind::Real28, OURS_2_8]);
}

#[test]
fn replicas_follow_masters_of_an_older_release() {
    let ours = Kind::Ours;
    for (master, replica) in [
        (Kind::Real28, Kind::Real70),
        (OURS_2_8, Kind::Real70),
        (Kind::Real28, OURS_7_0),
        (Kind::Real28, ours(Version::V4_0)),
        (ours(Version::V2_6), Kind::Real28),
        (ours(Version::V2_6), Kind::Real70),
        (ours(Version::V4_0), Kind::Real70),
    ] {
        let master = Server::start(master, &["repl-ping-slave-period 3600"]);
        let replica = Server::start(replica, &[]);
        let link = Proxy::to(master.port);
        write(&mut master.client(), "before");
        replica.client().ok(&format!("SLAVEOF 127.0.0.1 {}", link.port));
        wait_until("the first synchronisation", || is_up(&replica));
        write(&mut master.client(), "after");
        same_data(&[&master, &replica]);
        link.cut();
        wait_until("the loss of the link", || !is_up(&replica));
        write(&mut master.client(), "meanwhile");
        link.heal();
        wait_until("the second synchronisation", || is_up(&replica));
        same_data(&[&master, &replica]);
    }
}

/// `FAILOVER` hands the role over, and back again, without a full synchronisation.
#[test]
fn a_planned_failover_goes_there_and_back_between_a_real_7_0_and_our_node() {
    for kinds in [[Kind::Real70, Kind::Real70], [Kind::Real70, OURS_7_0], [OURS_7_0, Kind::Real70]] {
        let quiet: &[&str] = &["repl-ping-slave-period 3600", "repl-diskless-sync-delay 0"];
        let [first, second] = kinds.map(|kind| Server::start(kind, quiet));
        follow(&second, first.port);
        wait_until("the first synchronisation", || is_up(&second));
        for (station, master, replica) in [("one", &first, &second), ("two", &second, &first)] {
            write(&mut master.client(), station);
            wait_until("equal offsets", || same_offset(master, replica));
            master.client().ok(&format!("FAILOVER TO 127.0.0.1 {} TIMEOUT 20000", replica.port));
            wait_until("the role is handed over", || {
                replica.client().info("role").as_deref() == Some("master") && is_up(master)
            });
            write(&mut replica.client(), &format!("{station}-after"));
            wait_until("equal offsets", || same_offset(replica, master));
            same_digest(&[master, replica]);
            same_ids(&[master, replica]);
            let counts = ["sync_full", "sync_partial_ok"].map(|name| replica.client().info_number(name));
            let full = if station == "one" { 0 } else { 1 };
            assert_eq!(counts, [full, 1], "{kinds:?} {station}");
        }
    }
}

/// Three servers, the second a replica of the first and the third of the second, with a link below each master.
struct Chain {
    servers: [Server; 3],
    links: [Proxy; 2],
}

fn play(kinds: [Kind; 3]) {
    let chain = Chain::start(kinds);
    let psync2 = kinds[0] == Kind::Real70 || kinds[0] == OURS_7_0;
    let [first, second, third] = &chain.servers;
    write(&mut first.client(), "one");
    follow(second, chain.links[0].port);
    follow(third, chain.links[1].port);
    wait_until("the first synchronisations", || is_up(second) && is_up(third));
    write(&mut first.client(), "two");
    chain.settle(psync2);

    chain.links[0].cut();
    wait_until("the loss of the upper link", || !is_up(second));
    write(&mut first.client(), "three");
    chain.links[0].take_from_master();
    chain.links[0].heal();
    chain.settle(psync2);
    assert!(chain.links[0].master_said("+CONTINUE"), "the upper link continues");

    chain.links[1].cut();
    wait_until("the loss of the lower link", || !is_up(third));
    write(&mut first.client(), "four");
    chain.links[1].take_from_master();
    chain.links[1].heal();
    chain.settle(psync2);
    assert!(chain.links[1].master_said("+CONTINUE"), "the lower link continues");

    promote(&chain, psync2);
}

/// The second becomes master; the third stays below it, and the old master comes under it.
fn promote(chain: &Chain, psync2: bool) {
    let [first, second, third] = &chain.servers;
    chain.links[1].take_from_master();
    second.client().ok("SLAVEOF NO ONE");
    write(&mut second.client(), "five");
    wait_until("the new master's replica", || is_up(third) && same_offset(second, third));
    let back = Proxy::to(second.port);
    follow(first, back.port);
    wait_until("the old master below the new one", || is_up(first));
    write(&mut second.client(), "six");
    wait_until("equal offsets", || same_offset(second, first) && same_offset(second, third));
    same_data(&[second, first, third]);
    if psync2 {
        assert!(back.master_said("+CONTINUE"), "the old master's history is the new one's second ID");
        assert!(!chain.links[1].master_said("+FULLRESYNC"), "the third did not lose a byte");
        same_ids(&[second, first, third]);
        same_digest(&[second, first, third]);
    } else {
        assert!(back.master_said("+FULLRESYNC"), "2.8 knows no second ID");
    }
}

impl Chain {
    fn start(kinds: [Kind; 3]) -> Chain {
        // No PINGs, which would move offsets while they are compared; no waiting for more replicas.
        let quiet: &[&str] = match kinds[0] {
            Kind::Real70 | OURS_7_0 => &["repl-ping-slave-period 3600", "repl-diskless-sync-delay 0"],
            _ => &["repl-ping-slave-period 3600"],
        };
        let servers = kinds.map(|kind| Server::start(kind, quiet));
        let links = [Proxy::to(servers[0].port), Proxy::to(servers[1].port)];
        Chain { servers, links }
    }

    /// Waits until everything has arrived everywhere, and compares.
    #[track_caller]
    fn settle(&self, psync2: bool) {
        let [first, second, third] = &self.servers;
        wait_until("links that are up and equal offsets", || {
            is_up(second) && is_up(third) && same_offset(first, second) && same_offset(second, third)
        });
        same_data(&[first, second, third]);
        if psync2 {
            same_ids(&[first, second, third]);
            same_digest(&[first, second, third]);
        }
    }
}

fn follow(replica: &Server, port: u16) {
    replica.client().ok(&format!("SLAVEOF 127.0.0.1 {port}"));
}

fn is_up(replica: &Server) -> bool {
    replica.client().info("master_link_status").as_deref() == Some("up")
}

fn same_offset(master: &Server, replica: &Server) -> bool {
    let (mut master, mut replica) = (master.client(), replica.client());
    let online = master.info("slave0").is_some_and(|line| line.contains("state=online"));
    online && master.info_number("master_repl_offset") == replica.info_number("slave_repl_offset")
}

/// One history: every server names the same replication IDs.
#[track_caller]
fn same_ids(servers: &[&Server]) {
    for field in ["master_replid", "master_repl_offset"] {
        let all: Vec<_> = servers.iter().map(|s| s.client().info(field)).collect();
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{field}: {all:?}");
    }
}

#[track_caller]
fn same_digest(servers: &[&Server]) {
    let all: Vec<_> = servers.iter().map(|s| s.client().text("DEBUG DIGEST")).collect();
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?}");
}

/// Waits until all hold the same keys and values.
#[track_caller]
fn same_data(servers: &[&Server]) {
    let all = || servers.iter().map(|s| dataset(&mut s.client())).collect::<Vec<_>>();
    wait_for("the same data everywhere", || {
        let all = all();
        all.windows(2).all(|pair| pair[0] == pair[1]).then_some(())
    });
}

/// Some writes of which everything must arrive, under names of their own.
fn write(master: &mut Client, station: &str) {
    master.ok("SELECT 0");
    for n in 0..20 {
        master.ok(&format!("SET {station}:{n} value-{n}"));
    }
    master.ok(&format!("SETEX {station}:expires 1000 soon"));
    master.ok("INCR count");
    master.ok(&format!("APPEND log {station},"));
    master.ok("SELECT 2");
    master.ok(&format!("RPUSH list-of-{station} a b c"));
    master.ok(&format!("DEL list-of-{station}"));
    master.ok(&format!("SET {station} x"));
    std::thread::sleep(Duration::from_millis(1));
}
