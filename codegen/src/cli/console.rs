//! Where reports go: collected while a command runs, printed at its end in the form that was asked for.

use super::Exit;
use super::args::{ColorArgument, FormatArgument, ReportArguments};
use crate::diagnostic::{
    Color, Diagnostic, Format, Paths, Report, Sources, notice, render, sarif, visible,
    without_commands,
};
use crate::plan::Plan;
use serde_json::{Map, Value, json};
use std::io::{self, ErrorKind, Write};

/// What was found of one of several apps.
pub(super) struct Part<'a> {
    /// The app, as it was named.
    pub(super) app: String,
    pub(super) exit: Exit,
    /// The exit code in words.
    pub(super) said: String,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) sources: &'a Sources,
    pub(super) plan: Option<Plan>,
}

/// What is to be printed.
pub(super) struct Console {
    format: Format,
    out: String,
    err: String,
}

impl Console {
    pub(super) fn new(arguments: &ReportArguments) -> Self {
        let color = match arguments.color {
            ColorArgument::Always => Color::Always,
            ColorArgument::Never => Color::Never,
            ColorArgument::Auto => match anstream::AutoStream::choice(&io::stderr()) {
                anstream::ColorChoice::Never => Color::Never,
                anstream::ColorChoice::Auto
                | anstream::ColorChoice::Always
                | anstream::ColorChoice::AlwaysAnsi => Color::Always,
            },
        };
        let paths = || {
            let here = std::env::current_dir().unwrap_or_default();
            Paths::of_repository(&here)
        };
        Self {
            format: match arguments.format {
                FormatArgument::Human => Format::Human(color),
                FormatArgument::Json => Format::Json,
                FormatArgument::Github => Format::Github(paths()),
                FormatArgument::Sarif => Format::Sarif(paths()),
            },
            out: String::new(),
            err: String::new(),
        }
    }

    /// The form that was asked for.
    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Adds to the standard output.
    pub(super) fn out(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// A sentence for people, about what was done; programs get it in another form.
    pub(super) fn say(&mut self, sentence: &str) {
        match &self.format {
            Format::Human(_) | Format::Github(_) => {
                self.out.push_str(&without_commands(sentence));
                self.out.push('\n');
            }
            Format::Json | Format::Sarif(_) => {}
        }
    }

    /// Lines for people; on GitHub they are one annotation.
    pub(super) fn notice(&mut self, title: &str, lines: &[String]) {
        match &self.format {
            Format::Human(_) => {
                for line in lines {
                    self.say(line);
                }
            }
            Format::Github(_) => {
                self.out.push_str(&notice(title, &lines.join("\n")));
            }
            Format::Json | Format::Sarif(_) => {}
        }
    }

    /// A sentence about wrong usage.
    pub(super) fn complain(&mut self, sentence: &str) {
        self.err
            .push_str(&format!("error: {}\n", visible(sentence)));
    }

    /// Adds JSON to the standard output.
    pub(super) fn json(&mut self, value: &Value) {
        let text = serde_json::to_string_pretty(value).expect("a JSON value has only text keys");
        // Only a text holds this, and a log of GitHub Actions takes it for a command.
        self.out.push_str(&text.replace("##[", "#\\u0023["));
        self.out.push('\n');
    }

    /// Reports diagnostics without places in texts, and ends with their exit code.
    pub(super) fn refuse(&mut self, diagnostics: Vec<Diagnostic>) -> Exit {
        self.report(&diagnostics, &Sources::new(), None, Map::new());
        Exit::of(&diagnostics)
    }

    /// Reports what was found, the plan where there is one, and for programs what else there is to tell.
    pub(super) fn report(
        &mut self,
        diagnostics: &[Diagnostic],
        sources: &Sources,
        plan: Option<&Plan>,
        more: Map<String, Value>,
    ) {
        match &self.format {
            Format::Human(_) => {
                self.err += &render(self.format.clone(), diagnostics, sources);
                if let Some(plan) = plan {
                    let problems = plan.render(self.format.clone());
                    if !problems.is_empty() && !diagnostics.is_empty() {
                        self.err.push('\n');
                    }
                    self.err += &problems;
                }
            }
            Format::Github(_) => {
                self.out += &render(self.format.clone(), diagnostics, sources);
                if let Some(plan) = plan {
                    self.out += &plan.render(self.format.clone());
                }
            }
            Format::Sarif(paths) => {
                let mut results = sarif::results(diagnostics, sources, paths);
                results.extend(plan.into_iter().flat_map(|plan| plan.sarif(paths)));
                self.json(&sarif::document(results));
            }
            Format::Json => {
                let mut object = json!(Report::new(diagnostics, sources));
                if let Some(plan) = plan {
                    object["problems"] = json!(plan.report().problems);
                }
                if let Some(object) = object.as_object_mut() {
                    object.extend(more);
                }
                self.json(&object);
            }
        }
    }

    /// Reports what was found of several apps, each under its name; programs get one object.
    pub(super) fn report_each(&mut self, parts: &[Part<'_>]) {
        match &self.format {
            Format::Human(_) | Format::Github(_) => {
                for part in parts {
                    let before = self.err.len();
                    self.report(
                        &part.diagnostics,
                        part.sources,
                        part.plan.as_ref(),
                        Map::new(),
                    );
                    if self.err.len() > before {
                        let title = format!("{}:\n\n", visible(&part.app));
                        self.err.insert_str(before, &title);
                        self.err.push('\n');
                    }
                    self.say(&format!("{}: {}", visible(&part.app), part.said));
                }
            }
            Format::Sarif(paths) => {
                let mut results = Vec::new();
                for part in parts {
                    results.extend(sarif::results(&part.diagnostics, part.sources, paths));
                    results.extend(part.plan.iter().flat_map(|plan| plan.sarif(paths)));
                }
                self.json(&sarif::document(results));
            }
            Format::Json => {
                let mut diagnostics = Vec::new();
                let mut problems = Vec::new();
                let mut apps = Vec::new();
                for part in parts {
                    let report = Report::new(&part.diagnostics, part.sources);
                    diagnostics.extend(report.diagnostics.into_iter().map(|one| json!(one)));
                    let plan = part.plan.iter().flat_map(|plan| plan.report().problems);
                    problems.extend(plan.map(|one| json!(one)));
                    apps.push(json!({"app": part.app, "exit": part.exit.code()}));
                }
                self.json(&json!({
                    "format": Report::FORMAT,
                    "diagnostics": diagnostics,
                    "problems": problems,
                    "apps": apps,
                }));
            }
        }
    }

    /// Prints everything; a reader that went away early is no mistake.
    pub(super) fn finish(self) -> io::Result<()> {
        let print = |mut stream: Box<dyn Write>, text: &str| match stream
            .write_all(text.as_bytes())
            .and_then(|()| stream.flush())
        {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            result => result,
        };
        print(Box::new(io::stdout().lock()), &self.out)?;
        print(Box::new(io::stderr().lock()), &self.err)
    }
}
