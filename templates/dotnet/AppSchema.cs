{{ head }}

namespace {{ namespace }};

using PowerSync.Common.DB.Schema;

public static class AppSchema
{
    public static readonly Schema Schema = new(
{%- for table in tables %}
        new Table
        {
            Name = {{ table.name }},
            Columns =
            {
{%- for column in table.columns %}
{{ column.deprecated }}                [{{ column.name }}] = ColumnType.{{ column.column_type }},
{%- endfor %}
            },
{%- for line in table.options %}
            {{ line }}
{%- endfor %}
        }{% if !loop.last %},{% endif %}
{%- endfor %}
    );
}
