//! The backlog: another size while the server runs, and its end when nobody needs it.

use std::time::Duration;

use super::*;

fn resizes(kind: Kind) -> Vec<String> {
    let server = start(kind, &["repl-backlog-size 16384"]);
    let mut follower = Follower::attach(&server);
    let mut client = server.client();
    let mut told = Vec::new();
    write(&mut client, 100, 1000);
    for size in [65_536, 200_000, 20_000, 16_384] {
        follower.client.drain(Duration::from_millis(50));
        told.push(fields(&server, BACKLOG));
        client.ok(&format!("CONFIG SET repl-backlog-size {size}"));
        told.push(fields(&server, BACKLOG));
        write(&mut client, 30, 1000);
        follower.client.drain(Duration::from_millis(50));
        told.push(fields(&server, BACKLOG));
        write(&mut client, 90, 1000);
    }
    told.push(fields(&server, BACKLOG));
    let first = client.info_number("repl_backlog_first_byte_offset");
    drop(follower.client);
    wait_for_slaves(&server, "0");
    for offset in [first - 1, first] {
        told.push(format!("{} to its byte", asked(&server, &follower.id, offset)));
    }
    told
}

#[test]
fn a_size_that_is_too_small_is_raised_when_the_release_raises_it() {
    for kinds in [IN_7_0, IN_2_8] {
        both(kinds, |kind| {
            let server = start(kind, &["repl-backlog-size 2000"]);
            let mut client = server.client();
            let mut told = Vec::new();
            for line in [
                "PING",
                "CONFIG SET repl-ping-slave-period 3000",
                "CONFIG SET repl-backlog-size 20kb",
                "CONFIG SET repl-backlog-size 3000",
                "CONFIG SET client-output-buffer-limit \"slave 1mb 0 0\"",
            ] {
                told.push(answer(&mut client, line));
                told.push(answer(&mut client, "CONFIG GET repl-backlog-size"));
                told.push(fields(&server, BACKLOG));
            }
            told
        });
    }
}

#[test]
fn a_backlog_of_7_0_keeps_what_fits_when_its_size_changes() {
    let told = both(IN_7_0, resizes);
    assert_tells(&told, &["+FULLRESYNC to its byte\n+CONTINUE to its byte"]);
}

#[test]
fn a_backlog_of_2_8_begins_anew_when_its_size_changes() {
    let told = both(IN_2_8, resizes);
    assert_tells(&told, &["repl_backlog_histlen=0", "+FULLRESYNC to its byte\n+CONTINUE to its byte"]);
}

fn frees(kind: Kind) -> Vec<String> {
    let server = start(kind, &["repl-backlog-ttl 1"]);
    let mut told = vec![fields(&server, BACKLOG)];
    let follower = Follower::attach(&server);
    let mut client = server.client();
    write(&mut client, 3, 10);
    told.push(fields(&server, BACKLOG));
    drop(follower.client);
    wait_until("the backlog is freed", || client.info_number("repl_backlog_active") == 0);
    told.extend(log(&server, "backlog freed"));
    told.push(fields(&server, BACKLOG));
    write(&mut client, 3, 10);
    told.push(fields(&server, BACKLOG));
    told.push(asked(&server, &follower.id, 10));
    wait_for_slaves(&server, "0");
    let again = Follower::attach(&server);
    told.push(format!("the same history: {}", again.id == follower.id));
    write(&mut client, 1, 10);
    told.push(fields(&server, BACKLOG));
    told
}

#[test]
fn a_backlog_that_nobody_needs_is_freed_in_7_0_and_its_history_ends() {
    let told = both(IN_7_0, frees);
    assert_tells(&told, &["backlog freed after 1 seconds", "+FULLRESYNC", "the same history: false"]);
}

#[test]
fn a_backlog_that_nobody_needs_is_freed_in_2_8_and_info_still_tells_its_length() {
    let told = both(IN_2_8, frees);
    assert_tells(
        &told,
        &[
            "backlog freed after 1 seconds",
            "repl_backlog_active=0 repl_backlog_size=1048576 repl_backlog_first_byte_offset=2 ",
        ],
    );
}
