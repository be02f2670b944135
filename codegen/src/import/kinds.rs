//! Which kind has a type of Postgres.

use crate::catalog::Name;
use crate::map::IndexMap;
use synctable::Database;

/// The declared names of enums and domains, by their types as a catalog spells them.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds {
    named: IndexMap<String, String>,
}

impl Kinds {
    /// Remembers a named type.
    pub(super) fn add(&mut self, name: &Name) {
        let [schema, bare] = [&name.schema, &name.name].map(|part| Database::Postgres.ident(part));
        self.named
            .insert(format!("{schema}.{bare}"), name.name.clone());
    }

    /// The kind of a column of this type; one of another app or an extension is opaque.
    pub(super) fn of(&self, sql_type: &str) -> String {
        if let Some(element) = sql_type.strip_suffix("[]") {
            let kind = self.of(element);
            return match kind.starts_with("opaque(") {
                true => opaque(sql_type),
                false => format!("list({kind})"),
            };
        }
        if let Some(name) = self.named.get(sql_type) {
            return name.clone();
        }
        match sql_type {
            "uuid" | "text" | "smallint" | "bigint" | "real" | "date" | "time" | "timestamp"
            | "timestamptz" | "interval" => sql_type.to_owned(),
            "boolean" => "bool".to_owned(),
            "integer" => "int".to_owned(),
            "double precision" => "double".to_owned(),
            "jsonb" => "json".to_owned(),
            "bytea" => "bytes".to_owned(),
            _ => match sql_type.strip_prefix("numeric(") {
                Some(rest) if rest.contains(',') => format!("decimal({rest}"),
                _ if sql_type.starts_with("varchar(") => sql_type.to_owned(),
                _ => opaque(sql_type),
            },
        }
    }
}

fn opaque(sql_type: &str) -> String {
    format!("opaque({})", Database::Postgres.literal(sql_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_kind() {
        let mut kinds = Kinds::default();
        kinds.add(&Name::new("public", "mood"));
        for (sql_type, kind) in [
            ("boolean", "bool"),
            ("numeric(10,2)", "decimal(10,2)"),
            ("numeric", "opaque('numeric')"),
            ("varchar(80)", "varchar(80)"),
            ("varchar", "opaque('varchar')"),
            ("public.mood", "mood"),
            ("public.mood[]", "list(mood)"),
            ("uuid[]", "list(uuid)"),
            ("tsvector", "opaque('tsvector')"),
            ("other.mood", "opaque('other.mood')"),
        ] {
            assert_eq!(kinds.of(sql_type), kind);
        }
    }
}
