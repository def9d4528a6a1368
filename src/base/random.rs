//! The seeded generator.
//!
//! Shared links must replay for ever, so only the raw output of a fixed algorithm (PCG XSL RR 128/64) is
//! used, and ranges are ours: those of a library may change between its versions.

use rand_core::Rng as _;
use rand_pcg::Pcg64;

/// A deterministic source of random numbers. Cloning it clones the future it will give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng(Pcg64);

impl Rng {
    /// A generator for `seed`; different `stream`s of one seed are independent.
    pub fn new(seed: u64, stream: u64) -> Rng {
        Rng(Pcg64::new(u128::from(seed) << 64 | 0xcafe_f00d_d15e_a5e5, u128::from(stream)))
    }

    /// Sixty-four random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..bound`. `bound` must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "an empty range has no random number");
        // The high half of a 64×64 bit product; the bias is below 2^-40 for the bounds used here.
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// True with a probability of `numerator` in `denominator`.
    pub fn chance(&mut self, numerator: u64, denominator: u64) -> bool {
        self.below(denominator) < numerator
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn the_sequence_of_a_seed_never_changes() {
        let mut rng = Rng::new(7, 1);
        let first = [rng.next_u64(), rng.next_u64(), rng.below(1000)];
        assert_eq!(first, [11534712571864527462, 8472644211389330891, 622]);
        assert_ne!(Rng::new(7, 2).next_u64(), first[0]);
        assert_ne!(Rng::new(8, 1).next_u64(), first[0]);
    }
}
