//! The support for real servers, tried on real servers alone: what the interop tests stand on.

mod support;

use support::{Kind, Proxy, Server, wait_until};

/// Two real servers replicate over a link; it is cut and healed; the replica gets what it missed.
fn real_pair_survives_a_cut(kind: Kind) {
    let master = Server::start(kind, &["repl-backlog-size 16384"]);
    let replica = Server::start(kind, &[]);
    let link = Proxy::to(master.port);
    let (mut to_master, mut to_replica) = (master.client(), replica.client());

    to_master.ok("SET before 1");
    to_replica.ok(&format!("SLAVEOF 127.0.0.1 {}", link.port));
    wait_until("a full resync", || to_replica.info("master_link_status").as_deref() == Some("up"));
    assert_eq!(to_replica.text("GET before"), "1");
    assert!(link.master_said("+FULLRESYNC"));

    link.cut();
    to_master.ok("SET during 2");
    link.take_from_master();
    link.heal();
    wait_until("the missed write", || to_replica.ok("EXISTS during") == resync::resp::ReplyValue::Integer(1));
    assert!(link.master_said("+CONTINUE"), "{:?} asked for everything again", kind);
}

#[test]
fn a_real_7_0_pair_survives_a_cut_of_our_proxy() {
    real_pair_survives_a_cut(Kind::Real70);
}

#[test]
fn a_real_2_8_pair_survives_a_cut_of_our_proxy() {
    real_pair_survives_a_cut(Kind::Real28);
}

#[test]
fn a_server_ends_with_its_value() {
    let server = Server::start(Kind::Real70, &[]);
    let port = server.port;
    drop(server);
    assert!(support::Client::connect(port).is_err());
}
