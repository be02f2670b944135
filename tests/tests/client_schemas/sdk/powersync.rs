//! What the package `powersync` 0.2 has in its module `schema`, and the text that it sends of it.

pub mod schema {
    use std::borrow::Cow;

    type Text = Cow<'static, str>;

    #[derive(Default)]
    pub struct Schema {
        pub tables: Vec<Table>,
        pub raw_tables: Vec<()>,
    }

    pub struct Table {
        pub name: Text,
        pub view_name_override: Option<Text>,
        pub columns: Vec<Column>,
        pub indexes: Vec<Index>,
        pub options: TableOptions,
        pub direct: bool,
    }

    #[derive(Default)]
    pub struct TableOptions {
        pub local_only: bool,
        pub insert_only: bool,
        pub track_metadata: bool,
        pub track_previous_values: Option<TrackPreviousValues>,
        pub ignore_empty_updates: bool,
    }

    pub struct TrackPreviousValues {
        pub column_filter: Option<Vec<Text>>,
        pub only_when_changed: bool,
    }

    pub struct Column {
        pub name: Text,
        pub column_type: &'static str,
    }

    pub struct Index {
        pub name: Text,
        pub columns: Vec<IndexedColumn>,
    }

    pub struct IndexedColumn {
        pub name: Text,
        pub ascending: bool,
        pub type_name: Text,
    }

    impl Table {
        pub fn create(
            name: impl Into<Text>,
            columns: Vec<Column>,
            build: impl FnOnce(&mut Table),
        ) -> Self {
            let mut table = Self {
                name: name.into(),
                view_name_override: None,
                columns,
                indexes: Vec::new(),
                options: TableOptions::default(),
                direct: false,
            };
            build(&mut table);
            table
        }
    }

    impl TrackPreviousValues {
        pub fn all() -> Self {
            Self {
                column_filter: None,
                only_when_changed: false,
            }
        }
    }

    impl Column {
        pub fn text(name: impl Into<Text>) -> Self {
            Self::new(name, "TEXT")
        }

        pub fn integer(name: impl Into<Text>) -> Self {
            Self::new(name, "INTEGER")
        }

        pub fn real(name: impl Into<Text>) -> Self {
            Self::new(name, "REAL")
        }

        fn new(name: impl Into<Text>, column_type: &'static str) -> Self {
            let name = name.into();
            Self { name, column_type }
        }
    }

    /// The schema as JSON; names are words, in which nothing is escaped.
    pub fn json(schema: &Schema) -> String {
        let tables = schema.tables.iter().map(table);
        let tables: Vec<String> = tables.collect();
        let raw = schema.raw_tables.len();
        assert_eq!(raw, 0);
        format!(r#"{{"tables":[{}],"raw_tables":[]}}"#, tables.join(","))
    }

    fn table(table: &Table) -> String {
        assert!(!table.direct);
        let Table { name, options, .. } = table;
        let view = table.view_name_override.as_ref().unwrap_or(name);
        let columns = table.columns.iter().map(|column| {
            let Column { name, column_type } = column;
            format!(r#"{{"name":"{name}","type":"{column_type}"}}"#)
        });
        let indexes = table.indexes.iter().map(|index| {
            let columns = index.columns.iter().map(|column| {
                let IndexedColumn { name, ascending, type_name } = column;
                format!(r#"{{"name":"{name}","ascending":{ascending},"type":"{type_name}"}}"#)
            });
            format!(r#"{{"name":"{}","columns":[{}]}}"#, index.name, joined(columns))
        });
        let (old, only_when_changed) = match &options.track_previous_values {
            None => ("false".to_owned(), false),
            Some(TrackPreviousValues { column_filter: None, only_when_changed }) => {
                ("true".to_owned(), *only_when_changed)
            }
            Some(TrackPreviousValues { column_filter: Some(names), only_when_changed }) => {
                let names = names.iter().map(|name| format!(r#""{name}""#));
                (format!("[{}]", joined(names)), *only_when_changed)
            }
        };
        format!(
            r#"{{"name":"{name}","view_name":"{view}","columns":[{}],"indexes":[{}],"local_only":{},"insert_only":{},"include_old":{old},"include_old_only_when_changed":{only_when_changed},"include_metadata":{},"ignore_empty_update":{}}}"#,
            joined(columns),
            joined(indexes),
            options.local_only,
            options.insert_only,
            options.track_metadata,
            options.ignore_empty_updates,
        )
    }

    fn joined(items: impl Iterator<Item = String>) -> String {
        items.collect::<Vec<_>>().join(",")
    }
}
