//! Numbers as the page draws them. Much faster, and smaller, than the formatting of any number whatever, and needed for everything that moves.

use std::fmt;

/// A number of pixels, written to a tenth.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Px(pub f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(Digits::of(self.0, 1, false).as_str())
    }
}

/// A number of pixels, as the value of an attribute.
pub fn px(n: f64) -> String {
    Digits::of(n, 1, false).as_str().to_owned()
}

/// A sign and a point, as they stand in the `d` of a path.
pub fn push_point(text: &mut String, sign: char, (x, y): (f64, f64)) {
    text.push(sign);
    text.push_str(Digits::of(x, 1, false).as_str());
    text.push(' ');
    text.push_str(Digits::of(y, 1, false).as_str());
}

/// A number with exactly so many digits after the point.
pub fn decimal(n: f64, places: u32) -> String {
    Digits::of(n, places, true).as_str().to_owned()
}

/// A number in decimal digits, written from its end.
struct Digits {
    text: [u8; 24],
    from: usize,
}

impl Digits {
    /// To `places` digits after the point, of which zeros at the end are only written if `all` are wanted.
    fn of(n: f64, places: u32, all: bool) -> Digits {
        let scale = 10_u64.pow(places);
        let rounded = (n * scale as f64).round() as i64;
        let (mut whole, mut part) = (rounded.unsigned_abs() / scale, rounded.unsigned_abs() % scale);
        let mut digits = Digits { text: [0; 24], from: 24 };
        for _ in 0..places {
            if all || part % 10 != 0 || digits.from < 24 {
                digits.put(b'0' + (part % 10) as u8);
            }
            part /= 10;
        }
        if digits.from < 24 {
            digits.put(b'.');
        }
        loop {
            digits.put(b'0' + (whole % 10) as u8);
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
        if rounded < 0 {
            digits.put(b'-');
        }
        digits
    }

    fn put(&mut self, sign: u8) {
        self.from -= 1;
        self.text[self.from] = sign;
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[self.from..]).expect("digits are ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_written_to_a_tenth_of_a_pixel() {
        let mut text = String::new();
        for point in [(0.0, -0.04), (12.34, -7.0), (-0.26, 1000.96)] {
            push_point(&mut text, 'M', point);
        }
        assert_eq!(text, "M0 0M12.3 -7M-0.3 1001");
        assert_eq!(format!("{} {}", Px(0.05), px(-99.95)), "0.1 -100");
    }

    #[test]
    fn a_number_has_as_many_digits_as_are_asked_for() {
        assert_eq!([decimal(3.0, 1), decimal(0.12345, 4), decimal(99.5, 0)], ["3.0", "0.1235", "100"]);
    }

    #[test]
    fn a_number_without_end_is_written_all_the_same() {
        assert_eq!(px(f64::INFINITY), "922337203685477580.7");
        assert_eq!(px(f64::NAN), "0");
    }
}
