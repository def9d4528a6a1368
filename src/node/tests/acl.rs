//! A peer that refuses a command, as ACL makes it.

use super::*;

#[test]
fn a_failover_to_a_node_that_refuses_psync_is_given_up() {
    let fast: &[_] = &[("repl-diskless-sync-delay", "0")];
    let mut w = Wires::new(&[("a", Version::V7_0, fast), ("b", Version::V7_0, fast)]);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(3);
    assert_eq!(w.ask("b", "ACL SETUSER default -psync"), status("OK"));
    let refusal = "NOPERM this user has no permissions to run the 'psync' command";
    assert_eq!(w.ask("b", "PSYNC ? -1"), ReplyValue::Error(refusal.into()));
    assert_eq!(w.ask("a", "FAILOVER"), status("OK"));
    w.wait(3);
    assert!(!w.node("a").is_replica(), "it is the master again");
    assert_eq!(w.ask("b", "ACL SETUSER default +psync"), status("OK"));
    w.ask("a", "SET k v");
    w.wait(3);
    assert_eq!(w.node("b").link_state(), LinkState::Connected);
    w.assert_equal("a", "b");
}

#[test]
fn a_rule_that_is_wrong_changes_nothing() {
    let mut w = Wires::new(&[("a", Version::V7_0, &[])]);
    let unknown = "ERR Error in ACL SETUSER modifier '-nosuch': Unknown command or category name in ACL";
    assert_eq!(w.ask("a", "ACL SETUSER default -get -nosuch"), ReplyValue::Error(unknown.into()));
    assert_eq!(w.ask("a", "GET k"), ReplyValue::Bulk(None));
    assert!(matches!(w.ask("a", "ACL SETUSER alice on"), ReplyValue::Error(_)), "there is one user");
}
