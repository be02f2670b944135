//! Which targets a new declaration has, and the folders that fit what is there already.

use std::path::Path;

/// What `init` finds in a folder.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::cli) struct Found {
    /// A `Cargo.toml`.
    pub(super) cargo: bool,
    /// A `package.json`.
    node: bool,
    /// A `pubspec.yaml`.
    dart: bool,
    /// A folder `src/lib`, as SvelteKit and others have it.
    library: bool,
    /// A folder `supabase`, which the Supabase CLI keeps.
    supabase: bool,
    /// A folder `powersync`.
    powersync: bool,
    /// A sync config that somebody wrote into it.
    sync_config: bool,
}

/// A target, and its folder seen from `schema/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Chosen {
    pub(in crate::cli) target: String,
    pub(in crate::cli) folder: String,
}

impl Found {
    pub(in crate::cli) fn in_folder(folder: &Path) -> Self {
        let is_file = |path: &str| folder.join(path).is_file();
        let is_folder = |path: &str| folder.join(path).is_dir();
        Self {
            cargo: is_file("Cargo.toml"),
            node: is_file("package.json"),
            dart: is_file("pubspec.yaml"),
            library: is_folder("src/lib"),
            supabase: is_folder("supabase"),
            powersync: is_folder("powersync"),
            sync_config: is_file("powersync/sync-config.yaml")
                || is_file("powersync/sync-rules.yaml"),
        }
    }

    /// What fits a project without being told.
    fn fitting(self) -> Vec<&'static str> {
        let mut targets = Vec::new();
        if self.cargo {
            targets.extend(["constants", "mappers"]);
        }
        if self.node {
            targets.push("typescript");
        }
        if self.dart {
            targets.push("dart");
        }
        if self.cargo || !(self.node || self.dart) {
            targets.extend(["sqlite", "openapi"]);
        }
        targets.extend(["powersync", "postgres"]);
        targets
    }

    /// The targets that are wanted, or those that fit, each with its folder.
    pub(in crate::cli) fn choose(self, wanted: &[String], app: &str) -> Vec<Chosen> {
        let targets: Vec<String> = match wanted {
            [] => self.fitting().into_iter().map(str::to_owned).collect(),
            wanted => wanted.to_vec(),
        };
        let mut chosen: Vec<Chosen> = Vec::new();
        for target in targets {
            if chosen.iter().all(|other| other.target != target) {
                let folder = self.folder(&target, app);
                chosen.push(Chosen { target, folder });
            }
        }
        chosen
    }

    fn folder(self, target: &str, app: &str) -> String {
        let beside = self.node || self.dart || self.supabase || self.powersync;
        match target {
            "constants" => "src/generated".to_owned(),
            "mappers" => "src/mappers".to_owned(),
            "typescript" if self.library => format!("../src/lib/{app}"),
            "typescript" if self.node => format!("../src/{app}"),
            "drizzle" if self.node => "../src/db".to_owned(),
            "dart" if self.dart => format!("../lib/{app}"),
            "postgres" if self.supabase => "../supabase/migrations".to_owned(),
            "postgres" => "../migrations".to_owned(),
            "powersync" if self.sync_config => "../powersync/generated".to_owned(),
            "powersync" if beside => "../powersync".to_owned(),
            other => format!("../generated/{other}"),
        }
    }
}

impl Chosen {
    /// Whether it is a target in Rust, whose folder is in the package `schema`.
    pub(super) fn is_rust(&self) -> bool {
        matches!(self.target.as_str(), "constants" | "mappers")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(found: Found, wanted: &[&str]) -> Vec<String> {
        let wanted: Vec<String> = wanted.iter().map(|one| (*one).to_owned()).collect();
        let chosen = found.choose(&wanted, "tasks").into_iter();
        chosen
            .map(|one| format!("{} {}", one.target, one.folder))
            .collect()
    }

    #[test]
    fn each_project_gets_what_fits_it() {
        let nothing = Found::default();
        assert_eq!(
            folders(nothing, &[]),
            [
                "sqlite ../generated/sqlite",
                "openapi ../generated/openapi",
                "powersync ../generated/powersync",
                "postgres ../migrations"
            ]
        );
        let supabase = Found {
            node: true,
            supabase: true,
            ..nothing
        };
        assert_eq!(
            folders(supabase, &[]),
            [
                "typescript ../src/tasks",
                "powersync ../powersync",
                "postgres ../supabase/migrations"
            ]
        );
        let flutter = Found {
            dart: true,
            ..nothing
        };
        assert_eq!(
            folders(flutter, &[]),
            [
                "dart ../lib/tasks",
                "powersync ../powersync",
                "postgres ../migrations"
            ]
        );
        let svelte = Found {
            library: true,
            powersync: true,
            sync_config: true,
            ..supabase
        };
        assert_eq!(
            folders(svelte, &["powersync", "typescript", "powersync"]),
            [
                "powersync ../powersync/generated",
                "typescript ../src/lib/tasks"
            ]
        );
    }
}
