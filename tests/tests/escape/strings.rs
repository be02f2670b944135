//! Texts that mean harm: each would be code somewhere if it left its place.

/// Forty texts; the last ones are long, or words that a language keeps for itself.
pub(crate) fn strings() -> Vec<String> {
    let mut strings: Vec<String> = [
        "it's",
        "a\"b",
        "a\"; drop table lists; --",
        "'); create table pwn (a int); --",
        "x') ; create table pwn (a int); select ('",
        "$$; create table pwn(); do $$",
        "$$",
        "a$",
        "$quote1$ $setup1$ $set1$ $$",
        "$body$ $do$; create role pwn; $do$",
        "back\\slash",
        "\\'; create table pwn (a int); --",
        "\\! touch pwn",
        "\\",
        "line\nbreak",
        "\n); create table pwn (a int);\n--",
        "carriage\rcreate table pwn (a int);",
        "nul\u{0}l",
        "%00 \\u0000 \\x00",
        "next\u{85}line",
        "separator\u{2028}pwn:\u{2029}pwn",
        "*/ create table pwn (a int); /*",
        "/* open",
        "-- comment",
        ";",
        "; create table pwn (a int);",
        "\u{202e}nwp elbat\u{202c}",
        "emoji \u{1f642}\u{200d}\u{1f525}",
        "{{ 7 * 7 }} {% if true %} {# #}",
        "#} {{",
        "\"#; fn pwn() {} //",
        "\"##\"###; const PWN: u8 = 1;",
        ":pwn :'pwn' :\"pwn\" :{?pwn}",
        "key: {pwn: 1} # comment",
        "- pwn\n- [a, b",
        "${pwn} `pwn` %s %I",
        "</script><script>pwn()</script>",
        "\t tab and  blanks ",
    ]
    .map(str::to_owned)
    .into();
    strings.push("select".to_owned());
    strings.push("'\"$$".repeat(750));
    assert_eq!(strings.len(), 40);
    strings
}
