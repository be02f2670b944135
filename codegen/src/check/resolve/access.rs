//! Access rules: by command, and for each command by role.

use super::Resolver;
use super::expressions::Room;
use crate::declaration::{self, RoleRule, UpdateRules};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{Access, RoleRules, Rule, UpdateRule};

impl Resolver<'_, '_> {
    /// The policy of a table.
    pub(super) fn table_access(
        &mut self,
        table: &declaration::Table,
        access: &declaration::Access,
    ) -> Access {
        self.access(
            access,
            Room::Access {
                table: &table.name.value,
            },
        )
    }

    /// The policy of a table or of a bucket's objects.
    pub(super) fn access(&mut self, access: &declaration::Access, room: Room<'_>) -> Access {
        Access {
            read: self.rules(access.read(), room),
            insert: self.rules(access.insert(), room),
            update: match &access.update {
                Some(update) => self.update_rules(update, room),
                None => self
                    .rules(access.every_write(), room)
                    .into_iter()
                    .map(|(role, rule)| {
                        let both = UpdateRule {
                            before: rule.clone(),
                            after: rule,
                        };
                        (role, both)
                    })
                    .collect(),
            },
            delete: self.rules(access.delete(), room),
        }
    }

    fn rules(&mut self, rules: Option<&declaration::RoleRules>, room: Room<'_>) -> RoleRules<Rule> {
        rules
            .into_iter()
            .flat_map(|rules| &rules.rules)
            .filter_map(|rule| Some((self.role(rule), self.rule(&rule.rule, room)?)))
            .collect()
    }

    fn update_rules(&mut self, rules: &UpdateRules, room: Room<'_>) -> RoleRules<UpdateRule> {
        rules
            .rules
            .iter()
            .filter_map(|rule| {
                let role = self.role(rule);
                let before = self.rule(rule.rule.before(), room);
                let after = match &rule.rule {
                    declaration::UpdateRule::Both(_) => before.clone(),
                    declaration::UpdateRule::BeforeAfter { after, .. } => self.rule(after, room),
                };
                let rule = UpdateRule {
                    before: before?,
                    after: after?,
                };
                Some((role, rule))
            })
            .collect()
    }

    /// The role of a rule: the client role unless named, and one that the settings know.
    fn role<R>(&mut self, rule: &RoleRule<R>) -> String {
        let roles = &self.postgres.roles;
        let Some(name) = &rule.role else {
            return roles.client.clone();
        };
        let known: Vec<String> = [
            Some(&roles.client),
            roles.anonymous.as_ref(),
            roles.service.as_ref(),
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
        if !known.contains(&name.value) {
            self.cx.push(
                Diagnostic::error(
                    codes::UNKNOWN_ROLE,
                    format!("no role of this app is named `{}`", name.value),
                )
                .at(name.span)
                .help(format!("known roles: `{}`", known.join("`, `")))
                .help("declare other roles under `postgres: {roles: {anonymous: …, service: …}}`"),
            );
        }
        name.value.clone()
    }

    fn rule(&mut self, rule: &declaration::Rule, room: Room<'_>) -> Option<Rule> {
        Some(match rule {
            declaration::Rule::Public(_) => Rule::Public,
            declaration::Rule::When(snippet) => Rule::When(self.expression(snippet, room)?),
        })
    }
}
