create policy {{ name }} on {{ table }} for {{ command }} to {{ roles }}
{%- match using.as_slice() %}
{%- when [] %}
{%- when [line] %}
    using ({{ line }})
{%- else %}
    using (
{%- for line in using %}
        {{ line }}
{%- endfor %}
    )
{%- endmatch %}
{%- match check.as_slice() %}
{%- when [] %}
{%- when [line] %}
    with check ({{ line }})
{%- else %}
    with check (
{%- for line in check %}
        {{ line }}
{%- endfor %}
    )
{%- endmatch -%}
;
