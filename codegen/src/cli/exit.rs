//! What a run ends with.

use crate::diagnostic::{Diagnostic, Severity};
use std::process::ExitCode;

/// The exit codes, one meaning each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: fine.
    Fine,
    /// 1: the declaration has errors.
    Declaration,
    /// 2: wrong usage.
    Usage,
    /// 3: the environment: files, folders, databases.
    Environment,
    /// 4: outputs are stale.
    Stale,
    /// 5: a live system differs.
    LiveDiffers,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Declaration => 1,
            Self::Usage => 2,
            Self::Environment => 3,
            Self::Stale => 4,
            Self::LiveDiffers => 5,
        }
    }

    /// What several runs end with: the worst of them, in the order in which they have to be mended.
    #[must_use]
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Self {
        const ORDER: [Exit; 6] = [
            Exit::Usage,
            Exit::Environment,
            Exit::Declaration,
            Exit::Stale,
            Exit::LiveDiffers,
            Exit::Fine,
        ];
        let rank = |exit: &Self| ORDER.iter().position(|known| known == exit);
        all.into_iter().min_by_key(rank).unwrap_or(Self::Fine)
    }

    /// What diagnostics end with: what could not be read comes before what is wrong, and that before what is stale.
    #[must_use]
    pub fn of(diagnostics: &[Diagnostic]) -> Self {
        let errors = || {
            diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.severity == Severity::Error)
                .map(|diagnostic| diagnostic.code.as_str())
        };
        if errors().any(|code| code.starts_with('E')) {
            Self::Environment
        } else if errors().any(|code| !code.starts_with('D')) {
            Self::Declaration
        } else if errors().next().is_some() {
            Self::Stale
        } else {
            Self::Fine
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
