//! A handful of figures that should be one.

use core::fmt;

/// The median of many samples, and the span that the middle 80 % of them fill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// Of no samples at all, everything is zero.
    pub(crate) fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |tenths: usize| {
            let last = samples.len().saturating_sub(1);
            samples.get(last * tenths / 10).copied().unwrap_or_default()
        };
        Self { low: at(1), median: at(5), high: at(9) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:5.2}  ({:.2} to {:.2})", self.median, self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outliers_do_not_move_the_median() {
        let mut samples: Vec<f64> = (0..=10).map(f64::from).collect();
        let calm = Spread::of(samples.clone());
        assert_eq!(calm, Spread { low: 1.0, median: 5.0, high: 9.0 });
        samples[10] = 1e9;
        assert_eq!(Spread::of(samples), calm);
    }

    #[test]
    fn one_sample_is_its_own_median_and_none_is_zero() {
        assert_eq!(Spread::of(vec![7.0]).median, 7.0);
        assert_eq!(Spread::of(Vec::new()).median, 0.0);
    }
}
