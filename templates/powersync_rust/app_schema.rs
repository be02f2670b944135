{{ head }}

use powersync::schema::{{ "{" }}{{ imports }}{{ "}" }};

/// The tables of the device.
pub fn app_schema() -> Schema {
    let tables = vec![
{%- for table in tables %}
        Table::create(
            {{ table.name }},
            vec![
{%- for column in table.columns %}
{{ column.deprecated }}                Column::{{ column.column_type }}({{ column.name }}),
{%- endfor %}
            ],
{%- if table.options.is_empty() %}
            |_| {},
{%- else %}
            |table| {
{%- for line in table.options %}
                {{ line }}
{%- endfor %}
            },
{%- endif %}
        ),
{%- endfor %}
    ];
    Schema {
        tables,
        ..Schema::default()
    }
}
