create trigger {{ name }}
    {{ when }} on {{ table }}
{%- if let Some(rows) = rows %}
    referencing {{ rows }}
    for each statement
{%- else %}
    for each row
{%- endif %}
{%- if let Some(condition) = condition %}
    when ({{ condition }})
{%- endif %}
    execute function {{ function }}({{ arguments }});
