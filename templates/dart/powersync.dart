{{ head }}

import 'package:powersync/powersync.dart';
{%- if !raw.is_empty() %}

import 'runtime/raw.dart';
{%- endif %}

const Schema appSchema = Schema([
{%- for table in tables %}
  {{ table.constructor }}(
    {{ table.name }},
    [
{%- for column in table.columns %}
{{ column.deprecated }}      Column.{{ column.column_type }}({{ column.name }}),
{%- endfor %}
    ],
{%- for line in table.options %}
    {{ line }}
{%- endfor %}
  ),
{%- endfor %}
]{% if !raw.is_empty() %}, rawTables: [
{%- for table in raw %}{% if table.up.is_none() %}
  RawTable.inferred(
    name: {{ table.name }},
    schema: RawTableSchema(
      syncedColumns: [{{ table.synced.join(", ") }}],
{%- if !table.options.is_empty() %}
      options: TableOptions(
{%- for line in table.options %}
        {{ line }}
{%- endfor %}
      ),
{%- endif %}
    ),
  ),
{%- endif %}{% endfor %}
]{% endif %});
{%- if !raw.is_empty() %}

/// The raw tables as SQLite has them: `createRawTables(database, appSchema, rawTables)` makes them, before you connect.
const List<RawTableDef> rawTables = [
{%- for table in raw %}
  RawTableDef(
    name: {{ table.name }},
    columns: {
{%- for column in table.columns %}
{{ column.deprecated }}      {{ column.name }}: {{ column.definition }},
{%- endfor %}
    },
    indexes: {
{%- for (name, on) in table.indexes %}
      {{ name }}: {{ on }},
{%- endfor %}{% if !table.indexes.is_empty() %}
    {% endif %}},
{%- if let Some(up) = table.up %}
    wire: {{ up.wire }},
    refused: {
{%- for (event, sql) in up.refused %}
      '{{ event }}': {{ sql }},
{%- endfor %}{% if !up.refused.is_empty() %}
    {% endif %}},
{%- endif %}
  ),
{%- endfor %}
];
{%- endif %}
