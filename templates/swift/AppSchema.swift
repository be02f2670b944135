{{ head }}

import PowerSync

public let appSchema = Schema(
    tables: [
{%- for table in tables %}
        Table(
            name: {{ table.name }},
            columns: [
{%- for column in table.columns %}
{{ column.deprecated }}                Column.{{ column.column_type }}({{ column.name }}),
{%- endfor %}
            ]{% if !table.options.is_empty() %},{% endif %}
{%- for line in table.options %}
            {{ line }}
{%- endfor %}
        ),
{%- endfor %}
    ]
)
