//! CLIENT PAUSE, and a SHUTDOWN that waits.

use std::time::Duration;

use super::*;

#[test]
fn client_pause_holds_what_it_says_in_7_0() {
    let told = both(IN_7_0, |kind| {
        let server = start(kind, &[]);
        let (mut client, mut other) = (server.client(), server.client());
        let mut told = Vec::new();
        for line in [
            "CLIENT PAUSE",
            "CLIENT PAUSE 1 ALL x",
            "CLIENT pause 1 2 3 4",
            "CLIENT PAUSE x",
            "CLIENT PAUSE -1",
            "CLIENT PAUSE 1 bad",
            "CLIENT UNPAUSE x",
            "CLIENT UNBLOCK 1 ERROR x",
            "CLIENT PAUSE 20000 WRITE",
            "GET k",
            "PING",
        ] {
            told.push(answer(&mut client, line));
        }
        other.send(b"SET k 1\r\n");
        told.push(format!("held: {}", other.drain(Duration::from_millis(200)).is_empty()));
        told.push(fields(&server, &["blocked_clients"]));
        told.push(answer(&mut client, "CLIENT UNPAUSE"));
        told.push(cli_format(&other.reply()));
        told.push(answer(&mut client, "CLIENT PAUSE 500"));
        other.send(b"GET k\r\n");
        told.push(format!("held: {}", other.drain(Duration::from_millis(100)).is_empty()));
        told.push(cli_format(&other.reply()));
        told
    });
    assert_tells(&told, &["for 'PAUSE'. Try CLIENT HELP.", "for 'pause'. Try", "held: true"]);
}

#[test]
fn a_shutdown_of_7_0_waits_for_its_replicas() {
    let told = both(IN_7_0, |kind| {
        let mut server = start(kind, &[]);
        let mut follower = Follower::attach(&server);
        let mut client = server.client();
        let mut told = vec![answer(&mut client, "SHUTDOWN ABORT")];
        write(&mut client, 1, 10);
        let mut leaving = server.client();
        leaving.send(b"SHUTDOWN NOSAVE\r\n");
        wait_until("the shutdown waits", || client.info("shutdown_in_milliseconds").is_some());
        told.push(String::from_utf8_lossy(&follower.client.drain(Duration::from_millis(50))).into_owned());
        let mut writer = server.client();
        writer.send(b"SET k 1\r\n");
        told.push(format!("writes wait: {}", writer.drain(Duration::from_millis(100)).is_empty()));
        told.push(answer(&mut client, "GET nothing"));
        told.push(answer(&mut client, "SHUTDOWN ABORT"));
        told.extend([cli_format(&leaving.reply()), cli_format(&writer.reply())]);
        leaving.send(b"SHUTDOWN NOSAVE\r\n");
        wait_until("the shutdown waits", || client.info("shutdown_in_milliseconds").is_some());
        follower.acknowledge(client.info_number("master_repl_offset"));
        wait_until("the process ends", || !server.is_running());
        told.push(format!("to the replica: {} bytes", follower.client.read_to_close().len()));
        told
    });
    assert_tells(&told, &["GETACK", "writes wait: true", "Errors trying to SHUTDOWN"]);
}
