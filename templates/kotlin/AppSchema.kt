{{ head }}

package {{ package }}
{% for name in imports %}
import com.powersync.db.schema.{{ name }}
{%- endfor %}

// Each table is a function of its own, because the JVM limits the size of one.
public val appSchema: Schema =
    Schema(
        listOf<() -> Table>(
{%- for table in tables %}
            {
                Table(
                    name = {{ table.name }},
                    columns = listOf(
{%- for column in table.columns %}
{{ column.deprecated }}                        Column.{{ column.column_type }}({{ column.name }}),
{%- endfor %}
                    ),
{%- for line in table.options %}
                    {{ line }}
{%- endfor %}
                )
            },
{%- endfor %}
        ).map { it() },
    )
