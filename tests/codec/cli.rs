//! How replies look, beside the real `redis-cli`.

use std::io::Write;
use std::process::{Command, Stdio};

use resync::resp::{cli_format, split_line};

use super::support::{Kind, Server};

#[test]
fn replies_look_as_in_redis_cli() {
    let server = Server::start(Kind::Real70, &[]);
    let mut client = server.client();
    for line in [
        "PING",
        "NOSUCH",
        "GET nothing",
        "INCR n",
        r#"SET k "a\"b\\\x00\xffé\n\r\t\a\b""#,
        "GET k",
        "LRANGE nothing 0 -1",
        r#"EVAL "return {1,{2,{3,'a'},{}},'b',false,{'c'}}" 0"#,
        r#"EVAL "local t={} for i=1,12 do t[i]={i,'x'} end return t" 0"#,
        "EVAL \"return redis.status_reply('fine')\" 0",
        "COMMAND GETKEYS MSET a 1 b 2",
    ] {
        let args = split_line(line.as_bytes()).expect("balanced quotes");
        let reply = client.command(&args);
        if line.starts_with("INCR") {
            client.ok("DECR n");
        }
        assert_eq!(cli_format(&reply), redis_cli(server.port, line), "{line}");
    }
}

/// What `redis-cli` prints on a terminal for a line that is typed into it.
fn redis_cli(port: u16, line: &str) -> String {
    let mut process = Command::new("redis-cli")
        .args(["-p", &port.to_string()])
        .env("FAKETTY", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-cli runs");
    let mut stdin = process.stdin.take().expect("its input is ours");
    writeln!(stdin, "{line}").expect("it reads the line");
    drop(stdin);
    let output = process.wait_with_output().expect("it ends").stdout;
    let text = String::from_utf8_lossy(&output);
    text.trim_end_matches('\n').to_owned()
}
