//! What is not YAML, in words of our own: a parser's may quote the file.

use granit_parser::ErrorKind as Kind;

/// What is wrong, and what to do about it.
pub(super) fn explain(kind: &Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::TabNotAllowed
        | Kind::TabInBlockIndentation
        | Kind::TabInIndentation
        | Kind::TabAtBlockScalarStart
        | Kind::TabInPlainScalar => ("a tab stands where YAML wants spaces", "indent with spaces"),
        Kind::UnclosedQuotedScalar
        | Kind::DocumentIndicatorInQuotedScalar
        | Kind::InvalidQuotedScalarIndent
        | Kind::InvalidTrailingSingleQuotedScalar
        | Kind::InvalidTrailingDoubleQuotedScalar => (
            "quotes do not end where they should",
            "look for a missing quote here or above; in '…' a ' is written twice",
        ),
        Kind::UnknownQuotedScalarEscape
        | Kind::InvalidQuotedScalarHexEscape
        | Kind::InvalidUnicodeEscape => {
            ("in \"…\" a `\\` begins something that does not exist", "write `\\\\`, or use '…'")
        }
        Kind::RecursionLimitExceeded => {
            ("values stand in each other deeper than 32", "no setting needs that")
        }
        Kind::UnclosedFlowCollection { .. }
        | Kind::MismatchedFlowCollectionEnd { .. }
        | Kind::MisplacedFlowCollectionEnd
        | Kind::ExpectedFlowMappingSeparator
        | Kind::ExpectedFlowSequenceSeparator
        | Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping => (
            "a bracket or brace is missing, or one too many",
            "look for `[`, `]`, `{`, `}` here or above; a value that begins so stands in quotes",
        ),
        Kind::MappingValueNotAllowed
        | Kind::InvalidColonPlacement
        | Kind::MappingKeyNotAllowed
        | Kind::InvalidMappingValueWhitespace => (
            "a `:` stands where no key may be",
            "check the indentation, or put the value in quotes",
        ),
        Kind::InvalidIndentation
        | Kind::ExpectedBlockMappingKey
        | Kind::ExpectedBlockSequenceEntry
        | Kind::BlockSequenceEntryNotAllowed
        | Kind::InvalidBlockScalarIndent
        | Kind::InvalidFlowScalarIndent => (
            "the indentation does not fit what stands above",
            "let the keys of one group begin in the same column",
        ),
        Kind::UnexpectedCharacter { .. } => {
            ("a character stands where no value may begin with it", "put the value in quotes")
        }
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey | Kind::UnexpectedEndOfPlainScalar => {
            ("a key has no `:` behind it", "write `key: value`")
        }
        _ => ("this is not YAML", "check quotes, brackets and indentation here and above"),
    }
}
