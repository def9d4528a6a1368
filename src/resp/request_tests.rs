use super::*;
use crate::base::Version;

fn parser(version: Version) -> RequestParser {
    RequestParser::new(Limits::new(version.profile()))
}

/// The requests in `bytes`, each as `arg arg …`, and the error that ended them.
fn requests(mut parser: RequestParser, bytes: &[u8]) -> (Vec<String>, Option<ProtocolError>) {
    parser.feed(bytes);
    let mut found = Vec::new();
    loop {
        match parser.next() {
            Ok(Some(request)) => {
                let text = |arg: &Blob| String::from_utf8_lossy(arg).into_owned();
                found.push(request.argv.iter().map(text).collect::<Vec<_>>().join("|"));
            }
            Ok(None) => return (found, None),
            Err(error) => return (found, Some(error)),
        }
    }
}

fn error_7_0(bytes: &[u8]) -> Option<ProtocolError> {
    requests(parser(Version::V7_0), bytes).1
}

#[test]
fn arrays_and_lines_may_follow_each_other() {
    let bytes = b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n\n*0\r\n*-1\r\nSET a \"b c\"\n*1\r\n$0\r\n\r\n";
    let (found, error) = requests(parser(Version::V7_0), bytes);
    assert_eq!(found, ["GET|k", "PING", "", "", "", "SET|a|b c", ""]);
    assert_eq!(error, None);
}

#[test]
fn a_verbatim_request_is_what_its_arguments_are_encoded_to() {
    let long = format!("*2\r\n$4\r\nECHO\r\n$100\r\n{}\r\n", "x".repeat(100));
    let cases: [(&[u8], bool); 9] = [
        (b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n", true),
        (b"*10\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n$1\r\ne\r\n$1\r\nf\r\n$1\r\ng\r\n$1\r\nh\r\n$1\r\ni\r\n$1\r\nj\r\n", true),
        (long.as_bytes(), true),
        (b"*0\r\n", true),
        (b"*-1\r\n", false),
        (b"*1\r.$4\r\nPING\r\n", false),
        (b"*1\r\n$4\r.PING\r\n", false),
        (b"*1\r\n$4\r\nPING..", false),
        (b"PING\r\n", false),
    ];
    for (bytes, verbatim) in cases {
        for cut in 0..bytes.len() {
            let mut parser = parser(Version::V7_0);
            parser.feed(&bytes[..cut]);
            assert_eq!(parser.next(), Ok(None));
            parser.feed(&bytes[cut..]);
            let request = parser.next().unwrap().expect("it is whole");
            assert_eq!(request.verbatim, verbatim, "{bytes:?}");
            let mut encoded = Vec::new();
            crate::resp::encode_command(&mut encoded, request.argv.iter());
            assert_eq!(encoded == bytes, verbatim);
        }
    }
}

#[test]
fn any_cut_gives_the_same_requests_and_every_byte_belongs_to_one() {
    let bytes = b"*2\r\n$3\r\nGET\r\n$11\r\nhello world\r\nPING\r\n\n*0\r\nSET a \"b c\"\n";
    for first in 0..bytes.len() {
        for second in first..bytes.len() {
            let mut parser = parser(Version::V7_0);
            let mut found = Vec::new();
            let mut raw = Vec::new();
            for part in [&bytes[..first], &bytes[first..second], &bytes[second..]] {
                parser.feed(part);
                // Looking ahead changes nothing.
                let _ = parser.look_ahead(first % 4);
                while let Some(request) = parser.next().unwrap() {
                    let _ = parser.look_ahead(second % 3);
                    assert_eq!(parser.raw().len() as u64, request.wire.0);
                    raw.extend_from_slice(parser.raw());
                    found.push((request.argv.len(), request.inline, request.empty_line));
                }
            }
            let expected =
                [(2, false, false), (1, true, false), (0, true, true), (0, false, false), (3, true, false)];
            assert_eq!(found, expected);
            assert_eq!(raw, bytes);
            assert_eq!(parser.pending(), 0);
        }
    }
}

#[test]
fn a_line_of_blanks_is_not_an_empty_line() {
    let mut parser = parser(Version::V7_0);
    parser.feed(b"  \r\n\r\n");
    let blank = parser.next().unwrap().unwrap();
    assert!(blank.argv.is_empty() && !blank.empty_line);
    assert!(parser.next().unwrap().unwrap().empty_line);
}

#[test]
fn headers_are_read_as_strictly_as_redis_does() {
    for bytes in ["*03\r\n", "*+1\r\n", "*\r\n", "*x\r\n", "*2147483648\r\n", "*1 \r\n"] {
        assert_eq!(error_7_0(bytes.as_bytes()), Some(ProtocolError::InvalidCount), "{bytes}");
    }
    for bytes in ["$-1", "$01", "$", "$x", "$536870913"] {
        let bytes = format!("*1\r\n{bytes}\r\n");
        assert_eq!(error_7_0(bytes.as_bytes()), Some(ProtocolError::InvalidLength), "{bytes}");
    }
    assert_eq!(error_7_0(b"*1\r\n$536870912\r\n"), None);
    assert_eq!(error_7_0(b"*2147483647\r\n"), None);
    assert_eq!(requests(parser(Version::V2_8), b"*1048577\r\n").1, Some(ProtocolError::InvalidCount));
    assert_eq!(requests(parser(Version::V2_8), b"*1048576\r\n").1, None);
}

#[test]
fn the_byte_after_a_carriage_return_is_never_looked_at() {
    assert_eq!(error_7_0(b"*1\r$4\r\n"), Some(ProtocolError::ExpectedBulk(b'4')));
    assert_eq!(error_7_0(b"*1\n$4\nPING\n"), None);
    let (found, error) = requests(parser(Version::V7_0), b"*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPONG\r\n");
    assert_eq!((found, error), (vec!["PING".into(), "PONG".into()], None));
}

#[test]
fn error_replies_carry_the_words_of_redis() {
    let reply =
        |bytes: &[u8]| String::from_utf8_lossy(&error_7_0(bytes).unwrap().reply().unwrap()).into_owned();
    assert_eq!(reply(b"*1\r\nx1\r\n"), "-ERR Protocol error: expected '$', got 'x'\r\n");
    assert_eq!(reply(b"*1\r\n\r\n"), "-ERR Protocol error: expected '$', got ' '\r\n");
    assert_eq!(reply(b"*z\r\n"), "-ERR Protocol error: invalid multibulk length\r\n");
    assert_eq!(reply(b"\"a\n"), "-ERR Protocol error: unbalanced quotes in request\r\n");
    assert_eq!(
        ProtocolError::ExpectedBulk(0xff).reply().unwrap(),
        b"-ERR Protocol error: expected '$', got '\xff'\r\n".to_vec()
    );
}

#[test]
fn lines_longer_than_64_kb_are_refused() {
    let long = |lead: &str, n: usize| [lead.as_bytes(), &vec![b'1'; n - lead.len()]].concat();
    assert_eq!(error_7_0(&long("a", 65536)), None);
    assert_eq!(error_7_0(&long("a", 65537)), Some(ProtocolError::InlineTooBig));
    assert_eq!(error_7_0(&long("*", 65537)), Some(ProtocolError::CountTooBig));
    let header = [b"*1\r\n".to_vec(), long("$", 65537)].concat();
    assert_eq!(error_7_0(&header), Some(ProtocolError::LengthTooBig));
    let fits = [long("a", 65536), b"\n".to_vec()].concat();
    assert_eq!(requests(parser(Version::V7_0), &fits).0.len(), 1);
}

#[test]
fn a_nul_hides_the_end_of_its_line() {
    assert_eq!(requests(parser(Version::V7_0), b"PI\0NG\r\n"), (vec![], None));
}

#[test]
fn only_small_requests_are_read_before_auth() {
    let limits = Limits { authenticated: false, ..Limits::new(Version::V7_0.profile()) };
    let error = |bytes: &[u8]| requests(RequestParser::new(limits), bytes).1;
    assert_eq!(error(b"*10\r\n"), None);
    assert_eq!(error(b"*11\r\n"), Some(ProtocolError::UnauthenticatedCount));
    assert_eq!(error(b"*1\r\n$16384\r\n"), None);
    assert_eq!(error(b"*1\r\n$16385\r\n"), Some(ProtocolError::UnauthenticatedLength));
}

#[test]
fn the_stream_of_a_master_may_hold_bare_newlines_but_no_lines() {
    let limits = Limits { master_link: true, ..Limits::new(Version::V7_0.profile()) };
    let read = |bytes: &[u8]| requests(RequestParser::new(limits), bytes);
    assert_eq!(read(b"\n*1\r\n$4\r\nPING\r\n"), (vec!["".into(), "PING".into()], None));
    assert_eq!(read(b"PING\r\n").1, Some(ProtocolError::InlineFromMaster));
    assert_eq!(read(b"*1\r\n$536870913\r\n").1, None);
}

#[test]
fn browsers_are_shown_the_door_since_4_0() {
    for bytes in [b"POST / HTTP/1.1\r\n".as_slice(), b"host: x\r\n", b"*1\r\n$4\r\npost\r\n"] {
        assert_eq!(error_7_0(bytes), Some(ProtocolError::SecurityAttack));
        assert_eq!(requests(parser(Version::V2_8), bytes).1, None);
    }
    assert_eq!(ProtocolError::SecurityAttack.reply(), None);
}

#[test]
fn lines_split_differently_in_each_release() {
    let line = b"SET \"a b\" \"\"\r\n";
    let read = |version| requests(parser(version), line).0;
    assert_eq!(read(Version::V2_6), ["SET|\"a|b\"|\"\""]);
    assert_eq!(read(Version::V2_8), ["SET|a b"]);
    assert_eq!(read(Version::V7_0), ["SET|a b|"]);
    assert_eq!(requests(parser(Version::V2_6), b"PING\nPING\r\n").0, ["PING\nPING"]);
}

#[test]
fn the_rest_of_a_connection_can_be_taken_over() {
    let mut parser = parser(Version::V7_0);
    parser.feed(b"PING\r\n*2\r\n$1\r\na\r\n$5\r\nab");
    assert!(parser.next().unwrap().is_some());
    assert!(parser.next().unwrap().is_none());
    assert_eq!(parser.take_rest(), b"*2\r\n$1\r\na\r\n$5\r\nab");
    assert_eq!(parser.pending(), 0);
}

#[test]
fn an_error_that_is_seen_ahead_comes_when_it_is_its_turn() {
    for error in ["*1\r\n!\r\n", "*1\r\n$4\r\nPOST\r\n", "*2\r\n$1\r\na\r\n$x\r\n"] {
        let mut parser = parser(Version::V7_0);
        parser.feed(format!("*1\r\n$4\r\nPING\r\nPING\r\n{error}").as_bytes());
        assert_eq!(parser.look_ahead(9).count(), 2);
        assert!(parser.next().is_ok_and(|request| request.is_some_and(|request| !request.inline)));
        assert!(parser.next().is_ok_and(|request| request.is_some_and(|request| request.inline)));
        assert!(parser.next().is_err(), "{error}");
    }
}

#[test]
fn what_was_seen_ahead_is_read_again_under_new_limits() {
    let mut parser = parser(Version::V7_0);
    let secret = Limits { authenticated: false, ..parser.limits() };
    parser.feed(b"PING\r\n*11\r\n$1\r\n");
    assert_eq!(parser.look_ahead(9).count(), 1);
    assert!(parser.next().is_ok_and(|request| request.is_some()));
    parser.set_limits(secret);
    assert_eq!(parser.next(), Err(ProtocolError::UnauthenticatedCount));
}
