//! Whole numbers as the platform writes them: exactly, digit by digit.
//!
//! No float is involved. One would round `2000.00000000000001` to a status that means success.

use crate::error::FieldProblem;

/// Plain digits without a leading zero: the JSON grammar of a non-negative integer.
pub(crate) fn is_plain(text: &str) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (text.len() == 1 || !text.starts_with('0'))
}

/// The same, with a sign allowed.
pub(crate) fn is_integer(text: &str) -> bool {
    is_plain(text.strip_prefix('-').unwrap_or(text))
}

/// The value of a JSON number that is whole and not negative, however it is written: `7200`,
/// `7200.0`, `72e2`.
pub(crate) fn whole(text: &str) -> Result<u64, FieldProblem> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (integer, fraction) = match mantissa.split_once('.') {
        Some((integer, fraction)) if !fraction.is_empty() => (integer, fraction),
        Some(_) => return Err(FieldProblem::NotANumber),
        None => (mantissa, ""),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain(integer) || !all_digits(fraction) {
        return Err(FieldProblem::NotANumber);
    }
    let digits = || integer.bytes().chain(fraction.bytes());
    let point = point(exponent, integer.len())?;
    match value(digits(), point) {
        Ok(0) => Ok(0),
        Ok(_) if negative => Err(FieldProblem::Negative),
        Err(FieldProblem::TooLarge) if negative => Err(FieldProblem::Negative),
        value => value,
    }
}

/// How many of the digits stand before the decimal point, once the exponent has moved it.
fn point(exponent: &str, integer_digits: usize) -> Result<i64, FieldProblem> {
    // More than any number of digits that fits into an answer.
    const FAR: i64 = 1 << 40;
    let bare = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FieldProblem::NotANumber);
    }
    let size: i64 = bare.parse().unwrap_or(FAR).min(FAR);
    let exponent = if exponent.starts_with('-') { -size } else { size };
    Ok(exponent.saturating_add(i64::try_from(integer_digits).unwrap_or(FAR)))
}

/// The value of the digits before the point; those behind it must be zeros.
fn value(digits: impl Iterator<Item = u8>, point: i64) -> Result<u64, FieldProblem> {
    let (mut value, mut seen) = (0_u64, 0_i64);
    for digit in digits {
        let digit = u64::from(digit - b'0');
        if seen < point {
            value = shifted(value, digit)?;
        } else if digit != 0 {
            return Err(FieldProblem::Fraction);
        }
        seen += 1;
    }
    // Zeros that the exponent adds; a value other than zero soon becomes too large for more.
    while seen < point && value != 0 {
        value = shifted(value, 0)?;
        seen += 1;
    }
    Ok(value)
}

fn shifted(value: u64, digit: u64) -> Result<u64, FieldProblem> {
    value.checked_mul(10).and_then(|value| value.checked_add(digit)).ok_or(FieldProblem::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_whole_exactly_or_not_at_all() {
        for (text, wanted) in [
            ("7200", Ok(7200)),
            ("7200.0", Ok(7200)),
            ("7200.000000000000000000000000", Ok(7200)),
            ("7.2e3", Ok(7200)),
            ("72E+2", Ok(7200)),
            ("720000e-2", Ok(7200)),
            ("0", Ok(0)),
            ("-0", Ok(0)),
            ("0e99999999999999999999999", Ok(0)),
            ("18446744073709551615", Ok(u64::MAX)),
            ("18446744073709551616", Err(FieldProblem::TooLarge)),
            ("1e400", Err(FieldProblem::TooLarge)),
            ("-1", Err(FieldProblem::Negative)),
            ("-1e99", Err(FieldProblem::Negative)),
            ("-1.5", Err(FieldProblem::Fraction)),
            ("2000.00000000000001", Err(FieldProblem::Fraction)),
            ("1999.99999999999999999", Err(FieldProblem::Fraction)),
            ("1e-400", Err(FieldProblem::Fraction)),
            ("7201e-1", Err(FieldProblem::Fraction)),
            ("", Err(FieldProblem::NotANumber)),
            ("07", Err(FieldProblem::NotANumber)),
            ("+7", Err(FieldProblem::NotANumber)),
            (".5", Err(FieldProblem::NotANumber)),
            ("5.", Err(FieldProblem::NotANumber)),
            ("5e", Err(FieldProblem::NotANumber)),
            ("5e+", Err(FieldProblem::NotANumber)),
            ("0x10", Err(FieldProblem::NotANumber)),
            ("inf", Err(FieldProblem::NotANumber)),
            ("1 ", Err(FieldProblem::NotANumber)),
        ] {
            assert_eq!(whole(text), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_integer_is_read_back(value: u64, zeros in 0_usize..30) {
            let padded = format!("{value}.{}0", "0".repeat(zeros));
            prop_assert_eq!(whole(&padded), Ok(value));
            let shifted = format!("{value}{}e-{zeros}", "0".repeat(zeros));
            prop_assert_eq!(whole(&shifted), Ok(value));
        }

        #[test]
        fn what_is_read_is_json(text in "[-+0-9.eE]{0,12}") {
            if whole(&text).is_ok() {
                prop_assert!(serde_json::from_str::<f64>(&text).is_ok(), "{text}");
            }
        }
    }
}
