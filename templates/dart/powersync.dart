{{ head }}

import 'package:powersync/powersync.dart';

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
]);
