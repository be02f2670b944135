//! Structs that agree with the declaration compile; those that do not are told why, where they are wrong.

#[test]
fn structs_that_agree_compile_and_others_are_told_why() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("fail/*.rs");
}
