create trigger {{ name }}
    {{ when }} on {{ table }}
    for each row
{%- if let Some(condition) = condition %}
    when ({{ condition }})
{%- endif %}
    execute function {{ function }}({{ arguments }});
