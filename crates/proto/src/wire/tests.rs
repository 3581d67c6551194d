//! What each reader accepts, notes and refuses.

use super::*;

fn read<T: Leaf>(raw: &str) -> Result<(T, Drift), FieldProblem> {
    let mut drift = Drift::NONE;
    T::read(raw, &mut drift).map(|value| (value, drift))
}

#[test]
fn numbers_come_in_four_forms() {
    for raw in ["7200", "\"7200\"", "7200.0", "7.2e3", "\"7200.0\"", "\" 7200 \"", "72E+2"] {
        let (value, drift) = read::<u64>(raw).unwrap();
        assert_eq!(value, 7200, "{raw}");
        let promised = matches!(raw, "7200" | "\"7200\"");
        assert_eq!(drift.contains(Tolerance::NumberForm), !promised, "{raw}");
    }
    assert_eq!(read::<u64>("-0").unwrap().0, 0);
    assert_eq!(read::<u64>("18446744073709551615").unwrap().0, u64::MAX);
}

#[test]
fn what_is_not_a_number_says_why() {
    let long = "9".repeat(400);
    for (raw, wanted) in [
        ("-1", FieldProblem::Negative),
        ("\"-1\"", FieldProblem::Negative),
        ("1.5", FieldProblem::Fraction),
        ("1e-400", FieldProblem::Fraction),
        ("1e400", FieldProblem::TooLarge),
        (&long, FieldProblem::TooLarge),
        ("\"07\"", FieldProblem::NotANumber),
        ("\"\"", FieldProblem::NotANumber),
        ("\"inf\"", FieldProblem::NotANumber),
        ("\"NaN\"", FieldProblem::NotANumber),
        ("\"+5\"", FieldProblem::NotANumber),
        ("\"0x10\"", FieldProblem::NotANumber),
        ("\"true\"", FieldProblem::NotANumber),
        ("true", FieldProblem::WrongType { wanted: "a number", found: "true or false" }),
        ("null", FieldProblem::WrongType { wanted: "a number", found: "null" }),
        ("[]", FieldProblem::WrongType { wanted: "a number", found: "a list" }),
    ] {
        assert_eq!(read::<u64>(raw).unwrap_err(), wanted, "{raw}");
    }
}

#[test]
fn a_status_has_exactly_four_digits() {
    for raw in ["2000", "\"2000\"", "2000.0", "\" 2000\\n\""] {
        let (status, drift) = read::<Status>(raw).unwrap();
        assert_eq!(status, Status::SUCCESS);
        let promised = matches!(raw, "2000" | "\"2000\"");
        assert_eq!(drift.contains(Tolerance::StatusForm), !promised, "{raw}");
        assert!(!drift.contains(Tolerance::NumberForm), "{raw}");
    }
    for raw in [
        "true",
        "null",
        "\"02000\"",
        "\"2e3\"",
        "\"2000.0\"",
        "200",
        "\"\"",
        "[]",
        "-2000",
        "2000.00000000000001",
    ] {
        assert!(read::<Status>(raw).is_err(), "{raw}");
    }
}

#[test]
fn a_span_is_not_a_moment() {
    assert_eq!(read::<Lifetime>("1654576906"), Err(FieldProblem::SpanTooLong));
    assert_eq!(read::<UnixSeconds>("7200"), Err(FieldProblem::MomentTooEarly));
    assert_eq!(read::<UnixSeconds>("1654576906000"), Err(FieldProblem::MomentTooLate));
    assert!(read::<Lifetime>("0").unwrap().1.contains(Tolerance::LifetimeZero));
}

#[test]
fn truth_has_many_names() {
    for (raw, wanted) in [("true", true), ("1", true), ("\"1\"", true), ("\"true\"", true)]
        .into_iter()
        .chain([("false", false), ("0", false), ("\"0\"", false), ("\"false\"", false)])
    {
        assert_eq!(read::<bool>(raw).unwrap().0, wanted, "{raw}");
    }
    for raw in ["2", "\"yes\"", "null", "1.0", "\" 1\""] {
        assert!(read::<bool>(raw).is_err(), "{raw}");
    }
}

#[test]
fn ids_may_be_integers_and_tokens_may_not() {
    assert_eq!(read::<UserId>("12345678901234567890123").unwrap().0.as_str().len(), 23);
    assert!(read::<UserId>("1.5").is_err());
    assert!(read::<JsTicket>("12345").is_err());
    assert!(read::<JsTicket>("\"a\\u0026b\"").is_err(), "an escaped & is still an &");
}

#[test]
fn lone_surrogates_are_refused_and_pairs_are_not() {
    assert_eq!(read::<String>("\"\\ud83d\""), Err(FieldProblem::LoneSurrogate));
    assert_eq!(read::<String>("\"\\ud83d\\ude00\"").unwrap().0, "😀");
}
