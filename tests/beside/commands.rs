//! The list of commands.

use resync::resp::ReplyValue;

use super::*;

#[test]
fn every_command_of_7_0_15_is_there_or_is_named_as_left_out() {
    let (real, ours) = (Server::start(Kind::Real70, &[]), Server::start(IN_7_0[1], &[]));
    let mut client = ours.client();
    let ReplyValue::Array(Some(names)) = real.client().ok("COMMAND LIST") else { panic!("a list") };
    let mut unknown = Vec::new();
    for name in names {
        let ReplyValue::Bulk(Some(name)) = name else { panic!("a name is {name:?}") };
        let name = String::from_utf8_lossy(&name).into_owned();
        let is_there = |reply| !matches!(reply, ReplyValue::Array(Some(items)) if matches!(items[..], [ReplyValue::Array(None) | ReplyValue::Bulk(None)]));
        // Subcommands belong to their command.
        if name.contains('|') || is_there(client.ok(&format!("COMMAND INFO {name}"))) {
            continue;
        }
        if !cli_format(&client.line(&name)).contains("unsupported in Resync: ") {
            unknown.push(name);
        }
    }
    assert!(unknown.is_empty(), "neither there nor named: {unknown:?}");
}
