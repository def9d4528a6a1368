//! Natural numbers of any size: only what exact reading and printing of floats needs.

/// Little-endian words without leading zeros.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Natural(Vec<u32>);

impl From<u64> for Natural {
    fn from(n: u64) -> Natural {
        let mut number = Natural(vec![n as u32, (n >> 32) as u32]);
        number.trim();
        number
    }
}

impl Natural {
    /// Reads ASCII digits of base 10 or 16.
    pub fn from_digits(digits: &[u8], base: u32) -> Natural {
        let mut number = Natural(Vec::new());
        for &digit in digits {
            number.times_plus(base, (digit as char).to_digit(base).unwrap_or(0));
        }
        number
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn times_plus(&mut self, factor: u32, add: u32) {
        let mut carry = u64::from(add);
        for word in &mut self.0 {
            carry += u64::from(*word) * u64::from(factor);
            *word = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn bits(&self) -> u32 {
        self.0.last().map_or(0, |top| self.0.len() as u32 * 32 - top.leading_zeros())
    }

    pub fn times_power_of_ten(mut self, power: u32) -> Natural {
        for _ in 0..power {
            self.times_plus(10, 0);
        }
        self
    }

    /// `self · 2^shift`.
    pub fn shifted(&self, shift: u32) -> Natural {
        let mut words = vec![0; (shift / 32) as usize];
        let mut carry = 0u64;
        for word in &self.0 {
            carry |= u64::from(*word) << (shift % 32);
            words.push(carry as u32);
            carry >>= 32;
        }
        words.push(carry as u32);
        let mut number = Natural(words);
        number.trim();
        number
    }

    /// The highest 96 to 128 bits as `q · 2^e`, and whether any lower bit is set.
    pub fn top(&self) -> (u128, i32, bool) {
        let skip = self.0.len().saturating_sub(4);
        let q = self.0[skip..].iter().rev().fold(0u128, |q, word| q << 32 | u128::from(*word));
        (q, skip as i32 * 32, self.0[..skip].iter().any(|word| *word != 0))
    }

    /// `self / 10^power` as `q · 2^e` with 80 bits of `q`, and whether there is a remainder.
    pub fn divided_by_power_of_ten(&self, power: u32) -> (u128, i32, bool) {
        const QUOTIENT_BITS: i32 = 80;
        let mut divisor = Natural::from(1).times_power_of_ten(power);
        let shift = QUOTIENT_BITS + divisor.bits() as i32 - self.bits() as i32;
        let mut rest = self.clone();
        if shift >= 0 {
            rest = rest.shifted(shift as u32);
        } else {
            divisor = divisor.shifted(shift.unsigned_abs());
        }
        // Long division, one bit at a time: the quotient has at most QUOTIENT_BITS + 1 bits.
        let mut q = 0u128;
        for bit in (0..=QUOTIENT_BITS).rev() {
            let part = divisor.shifted(bit as u32);
            if rest.at_least(&part) {
                rest.subtract(&part);
                q |= 1 << bit;
            }
        }
        (q, -shift, !rest.0.is_empty())
    }

    fn at_least(&self, other: &Natural) -> bool {
        let (a, b) = (&self.0, &other.0);
        a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev())).is_ge()
    }

    /// Subtracts a number that is not larger.
    fn subtract(&mut self, other: &Natural) {
        let mut borrow = 0i64;
        for (i, word) in self.0.iter_mut().enumerate() {
            borrow += i64::from(*word) - i64::from(other.0.get(i).copied().unwrap_or(0));
            *word = borrow as u32;
            borrow >>= 32;
        }
        self.trim();
    }

    pub fn to_decimal(&self) -> String {
        const GROUP: u64 = 1_000_000_000;
        let (mut words, mut groups) = (self.0.clone(), Vec::new());
        while !words.is_empty() {
            let mut rest = 0u64;
            for word in words.iter_mut().rev() {
                rest = rest << 32 | u64::from(*word);
                *word = (rest / GROUP) as u32;
                rest %= GROUP;
            }
            groups.push(rest);
            while words.last() == Some(&0) {
                words.pop();
            }
        }
        let mut groups = groups.into_iter().rev();
        let mut text = groups.next().unwrap_or(0).to_string();
        for group in groups {
            text.push_str(&format!("{group:09}"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Natural;

    #[test]
    fn decimals_survive_a_round_trip() {
        for text in
            ["0", "1", "4294967296", "340282366920938463463374607431768211456", "1000000000000000000001"]
        {
            assert_eq!(Natural::from_digits(text.as_bytes(), 10).to_decimal(), text);
        }
        assert_eq!(Natural::from(3).shifted(100).to_decimal(), (3u128 << 100).to_string());
    }
}
