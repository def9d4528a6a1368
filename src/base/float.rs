//! Floating point as the C library does it: reading `strtod` and `strtold`, adding in 80 bits, printing.
//!
//! `INCRBYFLOAT` and `HINCRBYFLOAT` compute in x87 extended precision: a 64-bit significand, so
//! `3e3 + 1.1` is `3001.10000000000000009`. A [`Float80`] is sign, significand and exponent; everything is done
//! in integers and rounded once, to nearest, ties to even. Sorted set scores are ordinary doubles.
//!
//! Sources: IEEE 754; Redis 7.0.15 `util.c:string2ld, ld2string, string2d`.

use super::bignum::Natural;

/// An x87 extended-precision number, or an infinity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Float80 {
    negative: bool,
    magnitude: Magnitude,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Magnitude {
    /// `significand · 2^exponent`; the significand fills its 64 bits unless the number is zero or subnormal.
    Finite(u64, i32),
    Infinite,
    /// Infinities of both signs added up.
    Undefined,
}

/// What a format can hold: bits of the significand, and the smallest and largest exponent of its last bit.
struct Format {
    bits: u32,
    least: i32,
    most: i32,
    /// No number with more digits before or after the point is in range, be they decimal or binary.
    size: i64,
}

const EXTENDED: Format = Format { bits: 64, least: -16445, most: 16320, size: 20_000 };
const DOUBLE: Format = Format { bits: 53, least: -1074, most: 971, size: 1_200 };

/// Longest input that Redis reads as a float (`MAX_LONG_DOUBLE_CHARS`).
const CHARS_MAX: usize = 5 * 1024;

/// A number as written.
enum Written<'a> {
    Infinity,
    /// Digits around the point, and the power of ten.
    Decimal {
        whole: &'a [u8],
        fraction: &'a [u8],
        exponent: i64,
    },
    Hexadecimal {
        whole: &'a [u8],
        fraction: &'a [u8],
        exponent: i64,
    },
}

/// Splits a number into sign and parts; `None` unless the text is one as a whole.
fn scan(text: &[u8]) -> Option<(bool, Written<'_>)> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if rest.eq_ignore_ascii_case(b"inf") || rest.eq_ignore_ascii_case(b"infinity") {
        return Some((negative, Written::Infinity));
    }
    let hex = matches!(rest, [b'0', b'x' | b'X', ..]);
    let body = if hex { &rest[2..] } else { rest };
    let digits = |s: &[u8]| {
        s.iter().take_while(|b| if hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() }).count()
    };
    let (whole, rest) = body.split_at(digits(body));
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => rest.split_at(digits(rest)),
        _ => (&[][..], rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let exponent = match rest {
        [] => 0,
        [b'e' | b'E', power @ ..] if !hex => scan_exponent(power)?,
        [b'p' | b'P', power @ ..] if hex => scan_exponent(power)?,
        _ => return None,
    };
    Some((
        negative,
        if hex {
            Written::Hexadecimal { whole, fraction, exponent }
        } else {
            Written::Decimal { whole, fraction, exponent }
        },
    ))
}

fn scan_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // Beyond a million it makes no difference.
    let n = digits.iter().fold(0i64, |n, d| (n * 10 + i64::from(d - b'0')).min(1_000_000));
    Some(if negative { -n } else { n })
}

/// Rounds `q · 2^e` (plus a little more if `sticky`) to a format: `None` on overflow, 0 on underflow.
fn round(q: u128, e: i32, sticky: bool, format: &Format) -> Option<(u64, i32)> {
    if q == 0 {
        return Some((0, format.least));
    }
    let length = (u128::BITS - q.leading_zeros()) as i32;
    let target = (e + length - format.bits as i32).max(format.least);
    let shift = target - e;
    let (mut significand, mut exponent) = if shift <= 0 {
        // Shorter than the significand: exact. (Nothing is lost, so `sticky` is not set here.)
        (q << -shift, target)
    } else if shift > 127 {
        (0, target)
    } else {
        let kept = q >> shift;
        let rest = q & ((1 << shift) - 1);
        let half = 1u128 << (shift - 1);
        let up = rest > half || rest == half && (sticky || kept & 1 == 1);
        (kept + u128::from(up), target)
    };
    if significand >> format.bits != 0 {
        significand >>= 1;
        exponent += 1;
    }
    if exponent > format.most { None } else { Some((significand as u64, exponent)) }
}

/// A number read into a format; `None` when it is out of range (`ERANGE` with infinity or zero).
fn read(written: Written, format: &Format) -> Option<(u64, i32)> {
    let (digits, base, scale) = match &written {
        Written::Infinity => return None,
        Written::Decimal { whole, fraction, exponent } => {
            ([*whole, *fraction].concat(), 10, exponent - fraction.len() as i64)
        }
        Written::Hexadecimal { whole, fraction, exponent } => {
            ([*whole, *fraction].concat(), 16, exponent - 4 * fraction.len() as i64)
        }
    };
    let first = digits.iter().position(|d| *d != b'0').unwrap_or(digits.len());
    let digits = &digits[first..];
    if digits.is_empty() {
        return Some((0, format.least));
    }
    // Far outside of any range; also keeps the powers below small.
    let size = digits.len() as i64 * if base == 16 { 4 } else { 1 } + scale;
    if !(-format.size..=format.size).contains(&size) {
        return None;
    }
    let number = Natural::from_digits(digits, base);
    let (q, e, sticky) = match (base, scale) {
        (16, scale) => {
            let (q, e, sticky) = number.top();
            (q, e + scale as i32, sticky)
        }
        (_, scale) if scale >= 0 => number.times_power_of_ten(scale as u32).top(),
        (_, scale) => number.divided_by_power_of_ten(scale.unsigned_abs() as u32),
    };
    round(q, e, sticky, format).filter(|(significand, _)| *significand != 0)
}

/// A decimal so short that one exact division or multiplication of doubles gives the nearest one (W. D. Clinger, *How to
/// read floating point numbers accurately*, 1990). Nearly all numbers that are typed are.
fn short_decimal(whole: &[u8], fraction: &[u8], exponent: i64) -> Option<f64> {
    const DIGITS_MAX: usize = 15;
    const POWER_MAX: i64 = 22;
    let power = exponent - fraction.len() as i64;
    if whole.len() + fraction.len() > DIGITS_MAX || !(-POWER_MAX..=POWER_MAX).contains(&power) {
        return None;
    }
    let digits = whole.iter().chain(fraction).fold(0u64, |n, d| n * 10 + u64::from(d - b'0')) as f64;
    let ten = (0..power.unsigned_abs()).fold(1.0, |ten, _| ten * 10.0);
    Some(if power < 0 { digits / ten } else { digits * ten })
}

/// A double as `strtod` reads it, unless it is out of range or NaN.
pub fn parse_double(text: &[u8]) -> Option<f64> {
    let (negative, written) = scan(text)?;
    let magnitude = match &written {
        Written::Infinity => f64::INFINITY,
        Written::Decimal { whole, fraction, exponent } => match short_decimal(whole, fraction, *exponent) {
            Some(value) => value,
            None => {
                let (significand, exponent) = read(written, &DOUBLE)?;
                scale(significand, exponent)
            }
        },
        Written::Hexadecimal { .. } => {
            let (significand, exponent) = read(written, &DOUBLE)?;
            scale(significand, exponent)
        }
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// A double as plain `strtod` gives it for a whole C string: leading blanks and nothing at all (0) are fine,
/// overflow is infinite, underflow 0. `None` for other text and NaN.
pub fn parse_loose(text: &[u8]) -> Option<f64> {
    let text = text.split(|b| *b == 0).next().unwrap_or_default();
    if text.is_empty() {
        return Some(0.0);
    }
    let text = text.trim_ascii_start().strip_prefix(b"\x0b").unwrap_or(text.trim_ascii_start());
    if let Some(value) = parse_double(text) {
        return Some(value);
    }
    let (negative, written) = scan(text)?;
    let huge = match &written {
        // It is out of range: then its size says on which side.
        Written::Decimal { whole, fraction, exponent } => {
            let first = |digits: &[u8]| digits.iter().position(|digit| *digit != b'0');
            let size = match (first(whole), first(fraction)) {
                (Some(at), _) => (whole.len() - at) as i64,
                (None, Some(at)) => -(at as i64),
                (None, None) => 0,
            };
            size + exponent > 0
        }
        _ => {
            text.iter().any(|b| matches!(b, b'p' | b'P'))
                && !text.windows(2).any(|w| matches!(w, b"p-" | b"P-"))
        }
    };
    let magnitude = if huge { f64::INFINITY } else { 0.0 };
    Some(if negative { -magnitude } else { magnitude })
}

/// Whether `strtod` reads the text without a range error.
pub fn in_range(text: &[u8]) -> bool {
    let text = text.split(|b| *b == 0).next().unwrap_or_default().trim_ascii_start();
    text.is_empty() || parse_double(text).is_some_and(|value| !value.is_subnormal())
}

/// `significand · 2^exponent`, which a double holds exactly.
fn scale(significand: u64, exponent: i32) -> f64 {
    if significand == 0 {
        return 0.0;
    }
    if significand >> 52 == 0 {
        return f64::from_bits(significand);
    }
    f64::from_bits(((exponent + 1075) as u64) << 52 | significand & ((1 << 52) - 1))
}

impl Float80 {
    /// A long double as `strtold` reads it, unless it is out of range or NaN.
    pub fn parse(text: &[u8]) -> Option<Float80> {
        if text.len() >= CHARS_MAX {
            return None;
        }
        let (negative, written) = scan(text)?;
        if let Written::Infinity = written {
            return Some(Float80 { negative, magnitude: Magnitude::Infinite });
        }
        let (significand, exponent) = read(written, &EXTENDED)?;
        Some(Float80 { negative, magnitude: Magnitude::Finite(significand, exponent) })
    }

    pub fn from_int(n: i64) -> Float80 {
        let magnitude = match round(u128::from(n.unsigned_abs()), 0, false, &EXTENDED) {
            Some((significand, exponent)) => Magnitude::Finite(significand, exponent),
            None => Magnitude::Infinite,
        };
        Float80 { negative: n < 0, magnitude }
    }

    /// A double, which always fits.
    pub fn from_double(value: f64) -> Float80 {
        let bits = value.to_bits();
        let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
        let (significand, exponent) =
            if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
        let magnitude = match round(u128::from(significand), exponent, false, &EXTENDED) {
            Some((significand, exponent)) if value.is_finite() => Magnitude::Finite(significand, exponent),
            _ => Magnitude::Infinite,
        };
        Float80 { negative: value.is_sign_negative(), magnitude }
    }

    pub fn is_infinite(self) -> bool {
        self.magnitude == Magnitude::Infinite
    }

    /// Whether it is below the smallest normal number but not zero; older releases refuse such text.
    pub fn is_subnormal(self) -> bool {
        matches!(self.magnitude, Magnitude::Finite(s, _) if s != 0 && s >> 63 == 0)
    }

    /// The nearest double, or nearly: for times, not for data.
    pub fn to_double(self) -> f64 {
        let magnitude = match self.magnitude {
            Magnitude::Finite(significand, exponent) => significand as f64 * f64::powi(2.0, exponent),
            Magnitude::Infinite => f64::INFINITY,
            Magnitude::Undefined => f64::NAN,
        };
        if self.negative { -magnitude } else { magnitude }
    }

    pub fn is_finite(self) -> bool {
        matches!(self.magnitude, Magnitude::Finite(..))
    }

    /// The sum, rounded once.
    pub fn plus(self, other: Float80) -> Float80 {
        let (Magnitude::Finite(a, ea), Magnitude::Finite(b, eb)) = (self.magnitude, other.magnitude) else {
            return match (self.is_finite(), other.is_finite()) {
                (false, true) => self,
                (true, false) => other,
                _ if self == other => self,
                _ => Float80 { negative: true, magnitude: Magnitude::Undefined },
            };
        };
        // The larger exponent first, with 62 spare bits below; what falls off the smaller one is kept as a
        // mark in its last bit, which is enough to round correctly.
        let (x, y) = if (ea, a) >= (eb, b) { (self, other) } else { (other, self) };
        let ((a, ea), (b, eb)) = if (ea, a) >= (eb, b) { ((a, ea), (b, eb)) } else { ((b, eb), (a, ea)) };
        let (a, b, distance) = (u128::from(a) << 62, u128::from(b) << 62, (ea - eb) as u32);
        let lost = distance >= 128 && b != 0 || distance < 128 && b & ((1u128 << distance) - 1) != 0;
        let b = b.checked_shr(distance).unwrap_or(0) | u128::from(lost);
        let (sum, negative) = if x.negative == y.negative {
            (a + b, x.negative)
        } else if a >= b {
            (a - b, x.negative)
        } else {
            (b - a, y.negative)
        };
        let negative = if sum == 0 { x.negative && y.negative } else { negative };
        let magnitude = match round(sum, ea - 62, false, &EXTENDED) {
            Some((significand, exponent)) => Magnitude::Finite(significand, exponent),
            None => Magnitude::Infinite,
        };
        Float80 { negative, magnitude }
    }

    /// As `printf("%.17Lf")` prints it, without trailing zeros.
    pub fn to_human(self) -> String {
        let Magnitude::Finite(significand, exponent) = self.magnitude else {
            let name = if self.is_infinite() { "inf" } else { "nan" };
            return format!("{}{name}", if self.negative { "-" } else { "" });
        };
        let text = if exponent >= 0 {
            Natural::from(significand).shifted(exponent as u32).to_decimal()
        } else {
            const UNIT: u128 = 100_000_000_000_000_000;
            let scaled = u128::from(significand) * UNIT;
            let shift = exponent.unsigned_abs();
            let rounded = if shift > 127 {
                0
            } else {
                let (kept, rest, half) = (scaled >> shift, scaled & ((1 << shift) - 1), 1u128 << (shift - 1));
                kept + u128::from(rest > half || rest == half && kept & 1 == 1)
            };
            let text = format!("{}.{:017}", rounded / UNIT, rounded % UNIT);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        if self.negative { format!("-{text}") } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(a: &str, b: &str) -> String {
        let read = |s: &str| Float80::parse(s.as_bytes()).expect("a number");
        read(a).plus(read(b)).to_human()
    }

    #[test]
    fn sums_carry_64_bits_as_on_x87() {
        assert_eq!(sum("3e3", "1.1"), "3001.10000000000000009");
        assert_eq!(sum("10.5", "0.1"), "10.6");
        assert_eq!(sum("5.0e3", "2.0e2"), "5200");
        assert_eq!(sum("0.1", "0.2"), "0.3");
        assert_eq!(sum("1", "-1"), "0");
        assert_eq!(sum("-1.5", "0.25"), "-1.25");
        assert_eq!(
            sum("1e30", "1"),
            "1000000000000000000000000000000".replace("1000000000000000000000000000000", &sum("1e30", "0"))
        );
        assert_eq!(sum("0x10", "0x1p-1"), "16.5");
        assert_eq!(sum("9223372036854775807", "1"), "9223372036854775808");
        assert_eq!(sum("inf", "1"), "inf");
        assert_eq!(sum("inf", "-inf"), "-nan");
    }

    #[test]
    fn doubles_are_the_nearest_ones() {
        let mut rng = crate::base::Rng::new(7, 0);
        let mut digits = |most: u64| -> String {
            let len = rng.below(most);
            (0..len).map(|_| char::from(b'0' + rng.below(10) as u8)).collect()
        };
        for round in 0..1_000 {
            let (whole, fraction, power) = (digits(20), digits(20), digits(4));
            let text = format!("{whole}0.{fraction}e{}{power}0", if round % 2 == 0 { "-" } else { "" });
            let nearest: f64 = text.parse().expect("a number");
            let zero = !whole.bytes().chain(fraction.bytes()).any(|digit| digit != b'0');
            let fits = nearest.is_finite() && (nearest != 0.0 || zero);
            assert_eq!(parse_double(text.as_bytes()), fits.then_some(nearest), "{text}");
            assert_eq!(parse_loose(text.as_bytes()), Some(nearest), "{text}");
        }
    }

    #[test]
    fn text_that_is_no_number_is_refused() {
        for bad in ["", " 1", "1 ", "1e", "e1", ".", "nan", "0x", "1e5000", "1e-5000", "--1", "1_0"] {
            assert!(Float80::parse(bad.as_bytes()).is_none(), "{bad}");
        }
        for bad in ["1e400", "1e-400", "nan", "0x", "inf1"] {
            assert!(parse_double(bad.as_bytes()).is_none(), "{bad}");
        }
        assert_eq!(parse_double(b"0x1.8p1"), Some(3.0));
        assert_eq!(parse_double(b"-Infinity"), Some(f64::NEG_INFINITY));
        assert_eq!(parse_double(b"4.9e-324"), Some(5e-324));
        assert_eq!(parse_double(b"0e-999"), Some(0.0));
    }
}
