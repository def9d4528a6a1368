//! Scores of sorted sets as text.

use crate::base::{Profile, push_i64};

/// `value` as Redis puts it into a packed sorted set (`d2string`, `zzlInsertAt`): integral values of a safe
/// size as integers, others with up to 17 digits.
pub fn score_text(value: f64, profile: &Profile) -> Vec<u8> {
    let mut out = Vec::new();
    match integral(value, profile) {
        Some(n) if n != 0 || profile.packs_scores_as_numbers() => push_i64(&mut out, n),
        _ if value == 0.0 => out.extend(if value.is_sign_negative() { b"-0".as_slice() } else { b"0" }),
        _ => out = format_g17(value).into_bytes(),
    }
    out
}

/// The score as an integer when the release prints it as one.
fn integral(value: f64, profile: &Profile) -> Option<i64> {
    let most =
        if profile.packs_scores_as_numbers() { (1i64 << 62) as f64 } else { (1i64 << 52) as f64 - 0.5 };
    // Within these bounds the conversion is exact.
    (value.abs() <= most && value.trunc() == value).then_some(value as i64)
}

/// `value` as C's `%.17g` prints it; `inf`, `-inf` and `nan` as Redis spells them.
pub fn format_g17(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let scientific = format!("{value:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("the form with an exponent has an `e`");
    let exponent: i32 = exponent.parse().expect("the exponent is a number");
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let digits = digits.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    if !(-4..17).contains(&exponent) {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let (mark, size) = if exponent < 0 { ('-', -exponent) } else { ('+', exponent) };
        return format!("{sign}{first}{point}{rest}e{mark}{size:02}");
    }
    if exponent < 0 {
        let zeros = "0".repeat((-exponent - 1) as usize);
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{sign}{digits}{}", "0".repeat(whole - digits.len()));
    }
    let (whole, part) = digits.split_at(whole);
    format!("{sign}{whole}.{part}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Version;

    #[test]
    fn numbers_print_as_with_17_digits_in_c() {
        for (value, text) in [
            (0.1, "0.10000000000000001"),
            (2.5, "2.5"),
            (-3.25, "-3.25"),
            (1e17, "1e+17"),
            (1e16, "10000000000000000"),
            (1.5e-5, "1.5e-05"),
            (0.0001, "0.0001"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "4.9406564584124654e-324"),
            // Exactly between two texts of 17 digits: the even one.
            (100_000_000_000_000.0 + 0.125, "100000000000000.12"),
            (100_000_000_000_000.0 + 0.375, "100000000000000.38"),
            (f64::NEG_INFINITY, "-inf"),
            (0.0, "0"),
            (-0.0, "-0"),
        ] {
            assert_eq!(format_g17(value), text);
        }
    }

    #[test]
    fn large_integral_scores_print_differently_since_7_0() {
        let text = |value, version: Version| String::from_utf8(score_text(value, version.profile())).unwrap();
        let big = (1u64 << 60) as f64;
        assert_eq!(text(big, Version::V7_0), "1152921504606846976");
        assert_eq!(text(big, Version::V4_0), "1.152921504606847e+18");
        assert_eq!(text(-0.0, Version::V7_0), "0");
        assert_eq!(text(-0.0, Version::V2_8), "-0");
        assert_eq!(text(12.0, Version::V2_8), "12");
    }
}
