-- {{ name }}
{%- for line in doc %}
-- {{ line }}
{%- endfor %}
{{ text }}
