//! docs/commands.md is what clap knows of the commands.

use super::args::Arguments;
use clap::{Arg, Command, CommandFactory};
use std::fmt::Write;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/commands.md");

const HEAD: &str = "# Commands

`codegen COMMAND --help` prints the same texts.
The [README](../README.md#commands) has the commands that you need most.
";

#[test]
fn the_page_has_every_command_and_option() {
    let mut root = Arguments::command();
    root.build();
    let mut page = HEAD.to_owned();
    page.push_str("\n## Options of every command\n\n");
    options(&mut page, root.get_arguments());
    for command in root.get_subcommands() {
        describe(&mut page, command);
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(PAGE, page).expect("docs/commands.md can be written");
        return;
    }
    let written = std::fs::read_to_string(PAGE).expect("docs/commands.md is there");
    assert!(written == page, "run this test with BLESS=1");
}

fn describe(page: &mut String, command: &Command) {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let about = command.get_long_about().or(command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(
        page,
        "\n## `{name}`\n\n{}\n\n```text\n{usage}\n```\n",
        sentence(&about)
    );
    let own: Vec<&Arg> = command
        .get_arguments()
        .filter(|one| !one.is_global_set() && one.get_id() != "help")
        .collect();
    if !own.is_empty() {
        page.push('\n');
        options(page, own);
    }
    if let Some(after) = command.get_after_help() {
        let after = after.to_string();
        let after = after.trim_start_matches("Examples:\n");
        let lines = after
            .lines()
            .map(|line| line.strip_prefix("  ").unwrap_or(line));
        let _ = write!(
            page,
            "\n```text\n{}\n```\n",
            lines.collect::<Vec<_>>().join("\n")
        );
    }
    for inner in command.get_subcommands() {
        describe(page, inner);
    }
}

fn options<'a>(page: &mut String, all: impl IntoIterator<Item = &'a Arg>) {
    page.push_str("| option | what it does |\n| --- | --- |\n");
    for one in all {
        if one.is_hide_set() {
            continue;
        }
        let help = one.get_help().map(ToString::to_string).unwrap_or_default();
        let help = help.replace('\n', " ");
        let mut help = match help
            .strip_suffix(']')
            .and_then(|help| help.split_once(" [default: "))
        {
            Some((help, default)) => format!("{} Default: {}", sentence(help), sentence(default)),
            None => sentence(&help),
        };
        let choices = one.get_possible_values();
        if one.get_action().takes_values() && !choices.is_empty() {
            let names: Vec<String> = choices
                .iter()
                .map(|one| format!("`{}`", one.get_name()))
                .collect();
            let _ = write!(help, " One of {}.", names.join(", "));
        }
        if let [default] = one.get_default_values()
            && one.get_action().takes_values()
        {
            let _ = write!(help, " Default: `{}`.", default.to_string_lossy());
        }
        let _ = writeln!(
            page,
            "| `{}` | {} |",
            spelled(one),
            help.replace('|', "\\|")
        );
    }
}

/// As it is typed: `--format <FORMAT>`, `[CODE]`.
fn spelled(one: &Arg) -> String {
    let typed = one.to_string();
    match (one.get_short(), one.get_long()) {
        (Some(short), Some(_)) => format!("-{short}`, `{typed}"),
        _ => typed,
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    match text.ends_with(['.', ':', '!', '?']) || text.is_empty() {
        true => text.to_owned(),
        false => format!("{text}."),
    }
}
