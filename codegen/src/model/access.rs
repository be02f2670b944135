//! The one access policy of a table, which RLS, sync and the upload path enforce alike.

use super::{CompareOp, Expr};
use crate::map::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may do what with the rows of one table; a command without a rule is denied to every client.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Access {
    /// Who may see a row.
    pub read: RoleRules<Rule>,
    /// Who may add a row; speaks of the new row.
    pub insert: RoleRules<Rule>,
    /// Who may change a row.
    pub update: RoleRules<UpdateRule>,
    /// Who may delete a row; speaks of the row as it stands.
    pub delete: RoleRules<Rule>,
}

/// Rules by Postgres role, in declared order; a rule without a role is the client role's.
pub type RoleRules<R> = IndexMap<String, R>;

/// Which rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Every row, by the word `public` only.
    Public,
    /// The rows for which this is true; NULL never grants.
    When(Expr),
}

/// Which rows, before and after a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateRule {
    /// Speaks of the row as it stands.
    pub before: Rule,
    /// Speaks of the row as it will be.
    pub after: Rule,
}

impl Rule {
    /// The column that has the caller's id in every row that the rule grants.
    pub fn owner(&self) -> Option<&str> {
        let Rule::When(rule) = self else {
            return None;
        };
        rule.conjuncts().iter().find_map(|part| match part {
            Expr::Compare {
                op: CompareOp::Eq,
                left,
                right,
            } => match (&**left, &**right) {
                (Expr::Column(column), Expr::UserId) | (Expr::UserId, Expr::Column(column)) => {
                    Some(column.as_str())
                }
                _ => None,
            },
            _ => None,
        })
    }
}
