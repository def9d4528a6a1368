//! Links: a scenario, a moment and promised outcomes as the tail of an address, `#s=…`.
//!
//! ```text
//! link    = "#s=" codec base64url(packed)
//! codec   = "1"
//! packed  = deflate(payload) crc32        the four bytes of the CRC of what stands before, least first
//! payload = at inputs stride count {digest} text
//! ```
//!
//! The four numbers are LEB128; `at` is in nanoseconds. A digest has two bytes. The deflate stream is raw and begins
//! with a fixed dictionary in its window, so that short scenarios make short links. A codec, once published, never
//! changes: a better one gets the next digit, and this one stays.
//!
//! Chat programs and mail readers change addresses: they escape characters, break lines, add punctuation. What they
//! do is undone as far as the checksum proves it right.
//!
//! Absent: what the text means. Reading a link runs nothing.

use miniz_oxide::deflate::core as deflate;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core as inflate;
use thiserror::Error;

use crate::base::{Instant, base64};

use super::moment::Moment;

/// What the address of a shared page ends with, before the codec's digit.
pub const MARK: &str = "#s=";
/// Links longer than this are cut by some chat programs (Discord: 2,000 characters).
pub const WARN_CHARS: usize = 1_900;
/// Above this a file is the better way.
pub const FILE_CHARS: usize = 8_000;
/// Above this no link is made or read.
pub const REFUSE_CHARS: usize = 32 * 1024;
/// The longest payload that is unpacked: more than ordinary text of the longest link comes to, and little enough to be
/// read within 50 ms.
pub const PAYLOAD_MAX: usize = 384 * 1024;
/// How many outcomes a link promises at most.
pub const OUTCOMES_MAX: usize = 256;

const CODEC: char = '1';
const CRC: crc::Crc<u32, crc::NoTable> = crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISO_HDLC);

/// What a fresh deflate window holds. Part of codec 1: never change it.
const DICTIONARY: &str = "resync 1\ntitle seed prose step cue look backlog decision terminal timeline remove raw \
teaching-backlog=16384 repl-backlog-size=1mb repl-timeout=bgsave-time=load-time=repl-diskless-sync=no redis=4.0 \
redis=2.6\nstop a\nlink a-b latency=20ms bandwidth=1mbit\nconfigure a crash a\nrestart a\npause b\nresume b\n\
blackhole a->b\nlatency a-b 100ms\nbandwidth a-b unlimited\na> INFO replication\nb> SLAVEOF NO ONE\n\
b> REPLICAOF a 6379\na> DEL a> LPUSH list a> EXPIRE a> INCR n\nc> GET name\nevery 500ms a> SET key:{n} value\n\
until a.slave0 = online\nuntil b.link = down\nexpect a.verdict = FULLRESYNC\nexpect b.psync = FULLRESYNC\n\
expect b.psync = CONTINUE\nexpect b = a\nshare 12.5s\nafter 1s\nat 10.25s\ncut a-b\nheal a-b\nuntil b.synced\n\
node c redis=2.8\nnode d redis=7.0\nc> SLAVEOF a 6379\nb> SLAVEOF a 6379\nnode b redis=2.8 slaveof=\"a 6379\"\n\
resync 1\nnode a redis=2.8 teaching-backlog=128\nnode b redis=2.8\na> SET name redis\nat 3.";

/// What a link carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shared {
    /// The scenario text.
    pub text: String,
    /// Where it opens.
    pub moment: Moment,
    pub outcomes: Outcomes,
}

/// What the maker of a link saw at its milestones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcomes {
    /// Every so many milestones one is promised; 0 when none is.
    pub stride: u32,
    pub digests: Vec<u16>,
}

/// Why something is no link that can be opened. Each text is one sentence for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum LinkError {
    #[error("there is no scenario in this address")]
    NotALink,
    #[error("this link was made by a newer version of Resync (codec {codec}); reload the page to get it")]
    Newer { codec: char },
    #[error("this link has {chars} characters, more than the {REFUSE_CHARS} that are read")]
    TooLong { chars: usize },
    #[error("this link is damaged: characters are missing or were changed on the way")]
    Damaged,
    #[error("this link unpacks to more than {PAYLOAD_MAX} bytes and is not opened")]
    TooLarge,
    #[error("the content of this link is not a scenario text")]
    NotText,
    #[error("this scenario makes a link of {chars} characters, more than {REFUSE_CHARS}; save it as a file")]
    TooMuch { chars: usize },
}

impl LinkError {
    /// The id of its text in the tables of the page.
    pub fn id(&self) -> &'static str {
        match self {
            LinkError::NotALink => "link-not-a-link",
            LinkError::Newer { .. } => "link-newer",
            LinkError::TooLong { .. } => "link-too-long",
            LinkError::Damaged => "link-damaged",
            LinkError::TooLarge => "link-too-large",
            LinkError::NotText => "link-not-text",
            LinkError::TooMuch { .. } => "link-too-much",
        }
    }
}

/// What to say to somebody who shares a link of this length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Length {
    Fine,
    /// Some programs cut it.
    Long,
    /// A file is better.
    File,
}

impl Length {
    pub fn of(link: &str) -> Length {
        match link.len() {
            chars if chars <= WARN_CHARS => Length::Fine,
            chars if chars <= FILE_CHARS => Length::Long,
            _ => Length::File,
        }
    }
}

/// The tail of the address: [`MARK`], codec and payload.
pub fn encode(shared: &Shared) -> Result<String, LinkError> {
    let mut payload = Vec::new();
    let outcomes = &shared.outcomes;
    let count = outcomes.digests.len().min(OUTCOMES_MAX);
    for number in [shared.moment.at.0, shared.moment.inputs.into(), outcomes.stride.into(), count as u64] {
        put_number(&mut payload, number);
    }
    outcomes.digests[..count].iter().for_each(|digest| payload.extend(digest.to_le_bytes()));
    payload.extend(shared.text.as_bytes());
    let mut packed = pack(&payload);
    packed.extend(CRC.checksum(&packed).to_le_bytes());
    let link = format!("{MARK}{CODEC}{}", base64::encode(&packed));
    match link.len() {
        chars if chars > REFUSE_CHARS || payload.len() > PAYLOAD_MAX => Err(LinkError::TooMuch { chars }),
        _ => Ok(link),
    }
}

/// Reads a link out of an address, or out of whatever a chat program made of it.
pub fn decode(address: &str) -> Result<Shared, LinkError> {
    if address.len() > 4 * REFUSE_CHARS {
        return Err(LinkError::TooLong { chars: address.chars().count() });
    }
    let address = unescape(address);
    let at = ["#s=", "?s=", "&s="].iter().find_map(|mark| address.find(mark).map(|at| at + mark.len()));
    let at = at.or_else(|| {
        address.trim_start().starts_with("s=").then(|| address.len() - address.trim_start().len() + 2)
    });
    let mut rest = address[at.ok_or(LinkError::NotALink)?..].trim_start().chars();
    match rest.next() {
        Some(CODEC) => {}
        Some(codec @ '0'..='9') => return Err(LinkError::Newer { codec }),
        Some(_) => return Err(LinkError::Damaged),
        None => return Err(LinkError::NotALink),
    }
    let packed = checked(rest.as_str()).ok_or(LinkError::Damaged)?;
    let payload = unpack(&packed)?;
    read_payload(&payload)
}

fn read_payload(payload: &[u8]) -> Result<Shared, LinkError> {
    let mut rest = payload;
    let mut number = || take_number(&mut rest).ok_or(LinkError::NotText);
    let (at, inputs, stride, count) = (number()?, number()?, number()?, number()?);
    let count =
        usize::try_from(count).ok().filter(|count| *count <= OUTCOMES_MAX).ok_or(LinkError::NotText)?;
    let (digests, text) = rest.split_at_checked(count * 2).ok_or(LinkError::NotText)?;
    let small = |number: u64| u32::try_from(number).map_err(|_| LinkError::NotText);
    Ok(Shared {
        text: std::str::from_utf8(text).map_err(|_| LinkError::NotText)?.to_string(),
        moment: Moment { at: Instant(at), inputs: small(inputs)? },
        outcomes: Outcomes {
            stride: small(stride)?,
            digests: digests.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect(),
        },
    })
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Raw deflate with the dictionary in the window: the dictionary is compressed first and its output thrown away.
fn pack(payload: &[u8]) -> Vec<u8> {
    const LEVEL: u8 = 9;
    const RAW: i32 = 0;
    let flags = deflate::create_comp_flags_from_zip_params(LEVEL.into(), RAW, 0);
    let mut compressor = deflate::CompressorOxide::new(flags);
    let mut write = |mut input: &[u8], flush| {
        let mut out = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let (status, read, written) = deflate::compress(&mut compressor, input, &mut buffer, flush);
            input = &input[read..];
            out.extend(&buffer[..written]);
            if status != deflate::TDEFLStatus::Okay || input.is_empty() && written < buffer.len() {
                return out;
            }
        }
    };
    write(DICTIONARY.as_bytes(), deflate::TDEFLFlush::Sync);
    write(payload, deflate::TDEFLFlush::Finish)
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, LinkError> {
    let start = DICTIONARY.len();
    let mut out = DICTIONARY.as_bytes().to_vec();
    let mut inflater = inflate::DecompressorOxide::new();
    let (mut read, mut written) = (0, start);
    loop {
        let size = (out.len() * 2).min(start + PAYLOAD_MAX + 1);
        out.resize(size, 0);
        let flags = inflate::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, more_in, more_out) =
            inflate::decompress(&mut inflater, &packed[read..], &mut out, written, flags);
        read += more_in;
        written += more_out;
        match status {
            TINFLStatus::Done if written - start <= PAYLOAD_MAX => {
                out.truncate(written);
                return Ok(out.split_off(start));
            }
            TINFLStatus::Done => return Err(LinkError::TooLarge),
            TINFLStatus::HasMoreOutput if out.len() > start + PAYLOAD_MAX => return Err(LinkError::TooLarge),
            TINFLStatus::HasMoreOutput => {}
            _ => return Err(LinkError::Damaged),
        }
    }
}

/// The packed bytes of the shortest beginning of `rest` whose checksum is right. Blanks may stand inside it.
fn checked(rest: &str) -> Option<Vec<u8>> {
    // After the first few blanks only the whole is tried: refusing must be quick.
    const PIECES_TRIED: usize = 24;
    const TAIL_MAX: usize = 3;
    let mut text: Vec<u8> = Vec::new();
    let mut pieces = rest.split_whitespace().enumerate().peekable();
    while let Some((number, piece)) = pieces.next() {
        let ended = !push_letters(&mut text, piece) || pieces.peek().is_none();
        // `-` and `_` are letters here, and punctuation at the end of a sentence or a mark-up.
        for tail in 0..=TAIL_MAX.min(text.len()) {
            let (kept, dropped) = text.split_at(text.len() - tail);
            let plausible = kept.len() <= REFUSE_CHARS && dropped.iter().all(|c| b"-_".contains(c));
            if !plausible || !ended && number >= PIECES_TRIED {
                break;
            }
            if let Some(packed) = right(kept) {
                return Some(packed);
            }
        }
        if ended {
            break;
        }
    }
    None
}

fn right(text: &[u8]) -> Option<Vec<u8>> {
    let mut packed = base64::decode(text)?;
    let sum = packed.split_off(packed.len().checked_sub(4)?);
    (CRC.checksum(&packed).to_le_bytes() == sum[..]).then_some(packed)
}

/// Takes over the letters of the alphabet up to the first other character; `false` when there was one.
fn push_letters(text: &mut Vec<u8>, piece: &str) -> bool {
    for c in piece.chars() {
        match c {
            '+' => text.push(b'-'),
            '/' => text.push(b'_'),
            // Two hyphens that a word processor made one dash of.
            '—' | '–' => text.extend(b"--"),
            // Backslashes before `_`, soft hyphens, characters without width.
            '\\' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
            c if c.is_ascii_alphanumeric() || c == '-' || c == '_' => text.push(c as u8),
            _ => return false,
        }
    }
    true
}

/// Undoes percent-encoding, however often it was done, and the entities of HTML.
fn unescape(address: &str) -> String {
    const ROUNDS_MAX: usize = 4;
    let mut text = address.replace("&amp;", "&").replace("&#61;", "=").replace("&#35;", "#");
    for _ in 0..ROUNDS_MAX {
        if !text.contains('%') {
            break;
        }
        text = percent_decoded(&text);
    }
    text
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digit = |place: usize| bytes.get(at + place).and_then(|b| char::from(*b).to_digit(16));
        match (bytes[at], digit(1), digit(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    fn shared(text: &str) -> Shared {
        Shared {
            text: text.into(),
            moment: Moment { at: Instant(1_250_000_000), inputs: 7 },
            outcomes: Outcomes { stride: 1, digests: vec![1, 0xffff, 513] },
        }
    }

    const TEXT: &str =
        "resync 1\nnode a redis=2.8 teaching-backlog=128\nnode b redis=2.8\na> SET name 复制\n";

    #[test]
    fn a_link_gives_back_what_was_put_in() {
        for text in ["", "x", TEXT, &TEXT.repeat(300)] {
            let link = encode(&shared(text)).expect("a short text");
            assert_eq!(decode(&link), Ok(shared(text)));
            assert_eq!(decode(&format!("https://example.org/resync/?lang=en{link}")), Ok(shared(text)));
        }
    }

    #[test]
    fn the_dictionary_makes_a_short_scenario_a_short_link() {
        let link = encode(&shared(TEXT)).expect("a short text");
        assert!(link.len() < 110, "{} characters: {link}", link.len());
        assert_eq!(Length::of(&link), Length::Fine);
    }

    #[test]
    fn what_chat_programs_do_to_an_address_is_undone() {
        // A payload with both letters that are not alphanumeric.
        let seeds = (0..).map(|seed| format!("resync 1\nseed {seed}\n{TEXT}"));
        let link = |text: &str| encode(&shared(text)).expect("a short text");
        let text = seeds.into_iter().find(|text| {
            let link = link(text);
            link.contains('-') && link.contains('_') && !link.ends_with(['-', '_'])
        });
        let text = text.expect("some seed does it");
        let link = link(&text);
        let payload = &link[3..];
        let broken = format!("https://x.org/#s={}\r\n  {}", &payload[..20], &payload[20..]);
        let percent: String = link.bytes().map(|b| format!("%{b:02X}")).collect();
        let variants = [
            format!("<https://x.org/{link}>"),
            format!("(see https://x.org/{link})."),
            format!("https://x.org/{link}, which shows it"),
            format!("https://x.org/{link} which shows it"),
            format!("https://x.org/?a=1&amp;s={payload}&amp;b=2"),
            format!("https://x.org/%23s%3D{payload}"),
            format!("https://x.org/{percent}"),
            format!("https://x.org/{}", percent.replace('%', "%25")),
            format!("https://x.org/{}", link.replace('_', "\\_")),
            format!("https://x.org/{}", link.replace('-', "+").replace('_', "/")),
            format!("_https://x.org/{link}_"),
            format!("\u{200b}https://x.org/{link}\u{200b}"),
            format!("s={payload}"),
            broken,
        ];
        for variant in variants {
            assert_eq!(decode(&variant), Ok(shared(&text)), "{variant}");
        }
    }

    #[test]
    fn what_is_no_link_gets_one_clear_sentence() {
        let link = encode(&shared(TEXT)).expect("a short text");
        assert_eq!(decode("https://x.org/"), Err(LinkError::NotALink));
        assert_eq!(decode("#s="), Err(LinkError::NotALink));
        assert_eq!(decode(&link.replacen("s=1", "s=7", 1)), Err(LinkError::Newer { codec: '7' }));
        assert_eq!(decode(&link[..link.len() - 5]), Err(LinkError::Damaged));
        assert_eq!(decode(&link[..link.len() / 2]), Err(LinkError::Damaged));
        assert_eq!(decode("#s=1"), Err(LinkError::Damaged));
        assert_eq!(
            decode(&format!("#s=1{}", "A".repeat(200_000))),
            Err(LinkError::TooLong { chars: 200_004 })
        );
        let mut rng = Rng::new(1, 0);
        let noise: String = (0..60_000).map(|_| char::from(b' ' + rng.below(90) as u8)).collect();
        assert!(matches!(encode(&shared(&noise)), Err(LinkError::TooMuch { .. })));
    }

    #[test]
    fn a_bomb_is_refused_before_it_fills_the_memory() {
        let packed = |payload: &[u8]| {
            let mut packed = pack(payload);
            packed.extend(CRC.checksum(&packed).to_le_bytes());
            format!("#s=1{}", base64::encode(&packed))
        };
        let bomb = packed(&vec![b'a'; 20 * 1024 * 1024]);
        assert!(bomb.len() < REFUSE_CHARS, "{}", bomb.len());
        assert_eq!(decode(&bomb), Err(LinkError::TooLarge));
        assert_eq!(decode(&packed(&[0, 0, 0, 0, 0xff])), Err(LinkError::NotText));
        assert_eq!(decode(&packed(&[0, 0, 0, 200])), Err(LinkError::NotText));
        assert_eq!(decode(&packed(&[])), Err(LinkError::NotText));
    }

    #[test]
    fn mutated_links_and_noise_never_panic() {
        let mut rng = Rng::new(3, 0);
        let link = encode(&shared(&TEXT.repeat(4))).expect("a short text").into_bytes();
        for _ in 0..3_000 {
            let mut bytes = link.clone();
            for _ in 0..=rng.below(4) {
                let at = rng.below(bytes.len().max(1) as u64) as usize;
                if at >= bytes.len() {
                    break;
                }
                match rng.below(3) {
                    0 => bytes[at] = rng.below(256) as u8,
                    1 => drop(bytes.remove(at)),
                    _ => bytes.truncate(at),
                }
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Ok(read) = decode(&text) {
                assert_eq!(read, shared(&TEXT.repeat(4)), "{text}");
            }
            // The same with a checksum that is right: the payload itself is hostile.
            let packed: Vec<u8> = (0..rng.below(60)).map(|_| rng.below(256) as u8).collect();
            let sum = CRC.checksum(&packed).to_le_bytes();
            let _ = decode(&format!("#s=1{}", base64::encode(&[packed, sum.to_vec()].concat())));
        }
    }
}
