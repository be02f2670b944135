//! `access`: rules by command, and by role.

use super::Decoder;
use super::fields::Fields;
use super::name::NameRule;
use crate::declaration::keys::{ACCESS, UPDATE};
use crate::declaration::{Access, RoleRule, RoleRules, Rule, UpdateRule, UpdateRules};
use crate::diagnostic::{COMMAND_TWICE, Diagnostic, EMPTY_LIST};
use crate::source::{Key, Node, Value};

/// A short form and the commands it stands for, which are not given beside it.
const SHORT_FORMS: &[(&str, &[&str])] = &[
    ("write", &["insert", "update", "delete"]),
    ("all", &["read", "insert", "update", "delete", "write"]),
];

impl Decoder<'_> {
    pub(super) fn access_at(&mut self, fields: &Fields<'_>) -> Option<Access> {
        let (key, node) = fields.entry("access")?;
        let fields = self.fields(&ACCESS, key.span, node)?;
        for (short, commands) in SHORT_FORMS {
            for command in *commands {
                self.command_once(&fields, short, command);
            }
        }
        Some(Access {
            span: key.span,
            read: self.rules_at(&fields, "read"),
            insert: self.rules_at(&fields, "insert"),
            update: fields
                .entry("update")
                .and_then(|(key, node)| self.update_rules(key, node)),
            delete: self.rules_at(&fields, "delete"),
            write: self.rules_at(&fields, "write"),
            all: self.rules_at(&fields, "all"),
        })
    }

    fn command_once(&mut self, fields: &Fields<'_>, short: &'static str, command: &'static str) {
        if let (Some((short, _)), Some((command, _))) = (fields.entry(short), fields.entry(command))
        {
            self.push(
                Diagnostic::error(COMMAND_TWICE, format!("`{}` has two rules", command.text))
                    .at(command.span)
                    .label(short.span, "this rule includes it")
                    .help(format!(
                        "write a rule for each command instead of `{}`",
                        short.text
                    )),
            );
        }
    }

    fn rules_at(&mut self, fields: &Fields<'_>, command: &'static str) -> Option<RoleRules> {
        let (key, node) = fields.entry(command)?;
        let rules = self.by_role(node, Self::rule);
        (!rules.is_empty()).then_some(RoleRules {
            span: key.span,
            rules,
        })
    }

    fn update_rules(&mut self, key: &Key, node: &Node) -> Option<UpdateRules> {
        let rules = if is_before_after(node) {
            let rule = self.update_rule(key, node)?;
            vec![RoleRule { role: None, rule }]
        } else {
            self.by_role(node, |decoder, node| decoder.update_rule(key, node))
        };
        (!rules.is_empty()).then_some(UpdateRules {
            span: key.span,
            rules,
        })
    }

    /// One rule, or one for each role.
    fn by_role<R>(
        &mut self,
        node: &Node,
        mut read: impl FnMut(&mut Self, &Node) -> Option<R>,
    ) -> Vec<RoleRule<R>> {
        let Value::Mapping(entries) = &node.value else {
            return read(self, node)
                .map(|rule| vec![RoleRule { role: None, rule }])
                .unwrap_or_default();
        };
        if entries.is_empty() {
            self.push(
                Diagnostic::error(EMPTY_LIST, "no role has a rule")
                    .at(node.span)
                    .help("to deny the command to everybody, remove it"),
            );
        }
        let mut rules = Vec::with_capacity(entries.len());
        for (key, node) in entries {
            let role = self.declared_name(key, NameRule::Postgres);
            rules.extend(read(self, node).map(|rule| RoleRule {
                role: Some(role),
                rule,
            }));
        }
        rules
    }

    fn rule(&mut self, node: &Node) -> Option<Rule> {
        let snippet = self.snippet(node)?;
        Some(match snippet.text.as_str() {
            "public" => Rule::Public(node.span),
            _ => Rule::When(snippet),
        })
    }

    fn update_rule(&mut self, owner: &Key, node: &Node) -> Option<UpdateRule> {
        let Value::Mapping(_) = &node.value else {
            return self.rule(node).map(UpdateRule::Both);
        };
        let fields = self.fields(&UPDATE, owner.span, node)?;
        let before = fields.get("before").and_then(|node| self.rule(node));
        let after = fields.get("after").and_then(|node| self.rule(node));
        Some(UpdateRule::BeforeAfter {
            before: before?,
            after: after?,
        })
    }
}

/// Whether a mapping under `update` gives rules by time and not by role.
fn is_before_after(node: &Node) -> bool {
    UPDATE.names().any(|name| node.get(name).is_some())
}
