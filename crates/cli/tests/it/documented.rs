//! The pages in `docs/`: each command's help, normal use and failing use, as they are written there.

#[test]
fn every_block_of_the_documentation_is_as_the_program_does() {
    trycmd::TestCases::new().case("docs/*.md");
}
