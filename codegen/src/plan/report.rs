//! A plan as people and programs read it: which file, what differs, which command fixes it.

use super::{Plan, Problem, ProblemKind};
use crate::diagnostic::{Color, Format, Paths, Severity, Sources, render, sarif, workflow_command};
use serde::Serialize;
use serde_json::Value;

/// What `check --format json` prints. `format` grows when a field changes its meaning or goes; fields may be added without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanReport {
    /// The version of this form.
    pub format: u32,
    /// By path.
    pub problems: Vec<ReportedProblem>,
}

/// One file that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedProblem {
    /// The stable code.
    pub code: &'static str,
    /// `missing`, `stale`, `stray`, `edited` or `foreign`.
    pub kind: &'static str,
    /// The file.
    pub file: String,
    /// What is wrong.
    pub message: String,
    /// The unified difference from the file to what the declaration says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// Ways out.
    pub help: Vec<String>,
}

impl Plan {
    /// The plan for programs.
    #[must_use]
    pub fn report(&self) -> PlanReport {
        let problems = self.problems.iter().map(|problem| {
            let diagnostic = problem.diagnostic();
            ReportedProblem {
                code: diagnostic.code.as_str(),
                kind: problem.kind.as_str(),
                file: problem.path.clone(),
                message: diagnostic.message,
                diff: problem.diff(),
                help: diagnostic.help,
            }
        });
        PlanReport {
            format: 1,
            problems: problems.collect(),
        }
    }

    /// Renders every problem, with its difference; the text ends with a newline unless it is empty.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Human(color) => self.human(color),
            Format::Json => {
                let mut text = serde_json::to_string_pretty(&self.report())
                    .expect("a report has only text keys and plain values");
                text.push('\n');
                text
            }
            Format::Github(paths) => self.github(&paths),
            Format::Sarif(paths) => format!("{:#}\n", sarif::document(self.sarif(&paths))),
        }
    }

    fn human(&self, color: Color) -> String {
        let mut out = String::new();
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            let mut diagnostic = problem.diagnostic();
            if fixed_by_generate(problem.kind) {
                diagnostic.help.clear();
            }
            out.push_str(&render(
                Format::Human(color),
                &[diagnostic],
                &Sources::new(),
            ));
            if let Some(diff) = problem.diff() {
                for line in diff.lines() {
                    paint(&mut out, line, color);
                }
            }
        }
        if self.problems.iter().any(|p| fixed_by_generate(p.kind)) {
            out.push_str("\nhelp: run `codegen generate` and commit the result\n");
        }
        out
    }

    /// The results of SARIF.
    pub(crate) fn sarif(&self, paths: &Paths) -> Vec<Value> {
        let problems = self.problems.iter();
        let results =
            problems.map(|problem| sarif::of_file(&problem.diagnostic(), &problem.path, paths));
        results.collect()
    }

    fn github(&self, paths: &Paths) -> String {
        let mut out = String::new();
        for problem in &self.problems {
            let diagnostic = problem.diagnostic();
            let mut message = diagnostic.message.clone();
            for help in &diagnostic.help {
                message.push_str("\nhelp: ");
                message.push_str(help);
            }
            let properties = [("file", paths.of(&problem.path))];
            let code = diagnostic.code.as_str();
            workflow_command(&mut out, Severity::Error, code, &properties, &message);
        }
        out
    }
}

/// The way out is the same for all of these, and said once.
fn fixed_by_generate(kind: ProblemKind) -> bool {
    match kind {
        ProblemKind::Missing | ProblemKind::Stale | ProblemKind::Stray => true,
        ProblemKind::Edited | ProblemKind::Foreign => false,
    }
}

/// Writes one line of a difference; control characters of the file are shown, not obeyed.
fn paint(out: &mut String, line: &str, color: Color) {
    let style = match (color, line.as_bytes().first()) {
        (Color::Never, _) => "",
        (Color::Always, Some(b'-')) => "\u{1b}[31m",
        (Color::Always, Some(b'+')) => "\u{1b}[32m",
        (Color::Always, Some(b'@')) => "\u{1b}[36m",
        (Color::Always, _) => "",
    };
    out.push_str(style);
    for c in line.replace("##[", "#\u{fffd}[").chars() {
        if c.is_control() && c != '\t' {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    if !style.is_empty() {
        out.push_str("\u{1b}[0m");
    }
    out.push('\n');
}

impl Problem {
    /// What is wrong, in one sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}
