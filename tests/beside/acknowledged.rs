//! Writes that need good replicas, and WAIT.

use std::time::Duration;

use super::*;

/// What the story of good replicas must show in both releases.
const REFUSED_AND_TAKEN: &[&str] =
    &["SET k 1: (error) NOREPLICAS", "SET k 1: OK", "SET k 2: (error) NOREPLICAS", "SET k 4: OK"];

fn wants_good_replicas(kind: Kind) -> Vec<String> {
    const GOOD: &[&str] = &["connected_slaves", "min_slaves_good_slaves"];
    let server = start(kind, &["min-slaves-to-write 1", "min-slaves-max-lag 2"]);
    let mut client = server.client();
    let mut told = vec![fields(&server, GOOD), answer(&mut client, "SET k 1"), answer(&mut client, "GET k")];
    let mut follower = Follower::attach(&server);
    follower.acknowledge(0);
    wait_until("a good replica", || client.info_number("min_slaves_good_slaves") == 1);
    told.extend([answer(&mut client, "SET k 1"), fields(&server, GOOD)]);
    wait_until("it lags", || client.info_number("min_slaves_good_slaves") == 0);
    told.extend([
        answer(&mut client, "SET k 2"),
        answer(&mut client, "MULTI"),
        answer(&mut client, "SET k 3"),
    ]);
    told.extend([answer(&mut client, "EXEC"), fields(&server, GOOD)]);
    follower.acknowledge(1);
    wait_until("it is good again", || client.info_number("min_slaves_good_slaves") == 1);
    told.push(answer(&mut client, "SET k 2"));
    for line in ["CONFIG SET min-slaves-to-write 2", "SET k 3", "CONFIG SET min-slaves-max-lag 0", "SET k 4"]
    {
        told.push(answer(&mut client, line));
    }
    told.push(fields(&server, GOOD));
    told
}

#[test]
fn writes_of_7_0_need_good_replicas() {
    let told = both(IN_7_0, wants_good_replicas);
    assert_tells(&told, REFUSED_AND_TAKEN);
}

#[test]
fn writes_of_2_8_need_good_replicas() {
    let told = both(IN_2_8, wants_good_replicas);
    assert_tells(&told, REFUSED_AND_TAKEN);
}

#[test]
fn wait_counts_acknowledgements_of_7_0() {
    let told = both(IN_7_0, |kind| {
        let server = start(kind, &[]);
        let mut follower = Follower::attach(&server);
        let mut client = server.client();
        let mut told = vec![answer(&mut client, "WAIT 0 0"), answer(&mut client, "WAIT 1 20")];
        write(&mut client, 1, 10);
        told.push(answer(&mut client, "WAIT 1 20"));
        let seen = follower.client.drain(Duration::from_millis(50));
        told.push(String::from_utf8_lossy(&seen).into_owned());
        follower.acknowledge(client.info_number("master_repl_offset"));
        told.extend([
            answer(&mut client, "WAIT 1 0"),
            answer(&mut client, "WAIT 2 20"),
            answer(&mut client, "WAIT x 0"),
        ]);
        told.push(answer(&mut client, "WAIT 1 -1"));
        told
    });
    assert_tells(
        &told,
        &["WAIT 1 20: (integer) 0", "GETACK", "WAIT 1 0: (integer) 1", "WAIT 2 20: (integer) 1"],
    );
}
