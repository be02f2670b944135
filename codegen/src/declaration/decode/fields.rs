//! A mapping with keys of fixed meaning, taken apart key by key.

use super::Decoder;
use crate::declaration::keys::{self, Section};
use crate::diagnostic::{Diagnostic, KEYS_EXCLUDE, MISSING_KEY, Span, UNKNOWN_KEY, nearest};
use crate::source::{Key, Node};

/// The known keys of one section, with their values.
pub(super) struct Fields<'n> {
    section: &'static Section,
    /// The place of the name or key that the section belongs to.
    pub(super) owner: Span,
    entries: &'n [(Key, Node)],
}

impl<'n> Fields<'n> {
    /// The value of a key of the section's table.
    pub(super) fn get(&self, name: &'static str) -> Option<&'n Node> {
        self.entry(name).map(|(_, node)| node)
    }

    /// Key and value of a key of the section's table.
    pub(super) fn entry(&self, name: &'static str) -> Option<(&'n Key, &'n Node)> {
        debug_assert!(
            self.section.key(name).is_some(),
            "the table of keys of {} has no {name}",
            self.section.what
        );
        self.entries
            .iter()
            .find(|(key, _)| key.text == name)
            .map(|(key, node)| (key, node))
    }

    pub(super) fn section(&self) -> &'static Section {
        self.section
    }
}

impl Decoder<'_> {
    /// Opens a section: reports unknown keys and missing ones, or that this is no mapping.
    pub(super) fn fields<'n>(
        &mut self,
        section: &'static Section,
        owner: Span,
        node: &'n Node,
    ) -> Option<Fields<'n>> {
        let entries = node.as_mapping(self.cx)?;
        let mut required = section.keys.iter().filter(|key| key.required).count();
        for (key, _) in entries {
            match section.key(&key.text) {
                Some(spec) => required -= usize::from(spec.required),
                None => self.unknown_key(section, key),
            }
        }
        if required > 0 {
            self.missing_keys(section, owner, entries);
        }
        Some(Fields {
            section,
            owner,
            entries,
        })
    }

    fn missing_keys(&mut self, section: &'static Section, owner: Span, entries: &[(Key, Node)]) {
        let has = |name: &str| entries.iter().any(|(key, _)| key.text == name);
        for spec in section.keys.iter().filter(|key| key.required) {
            // A misspelt key has been reported; that it is missing follows from it.
            let misspelt = entries.iter().any(|(key, _)| {
                section.key(&key.text).is_none()
                    && nearest(&key.text, section.names()) == Some(spec.name)
            });
            if !has(spec.name) && !misspelt {
                self.push(
                    Diagnostic::error(
                        MISSING_KEY,
                        format!("{} needs the key `{}`", section.what, spec.name),
                    )
                    .at(owner)
                    .note(format!("`{}`: {}", spec.name, spec.doc)),
                );
            }
        }
    }

    /// Reports a key that the section does not have.
    pub(super) fn unknown_key(&mut self, section: &'static Section, key: &Key) {
        let diagnostic = Diagnostic::error(
            UNKNOWN_KEY,
            format!("{} has no key `{}`", section.what, key.text),
        )
        .at(key.span);
        if let Some(instead) = keys::instead(section.name, &key.text) {
            return self.push(diagnostic.help(instead));
        }
        let known = || section.names();
        self.push(match nearest(&key.text, known()) {
            Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
            None => diagnostic.note(format!("its keys are {}", list(known()))),
        });
    }

    /// Reports a key that stands beside one that it does not go with.
    pub(super) fn exclude(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
        beside: &'static str,
        way_out: &str,
    ) -> bool {
        match (fields.entry(key), fields.entry(beside)) {
            (Some((key, _)), Some((beside, _))) => {
                self.push(
                    Diagnostic::error(
                        KEYS_EXCLUDE,
                        format!("`{}` cannot be combined with `{}`", key.text, beside.text),
                    )
                    .at(key.span)
                    .label(beside.span, "given here")
                    .help(way_out),
                );
                true
            }
            _ => false,
        }
    }
}

/// Words in backticks, as a list in prose.
pub(super) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
