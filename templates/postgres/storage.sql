-- {{ app }}: storage buckets, and who may reach which of their objects.
--
-- Whoever may write policies on storage.objects runs it after the migrations: on Supabase the role postgres.
-- It may run again; what it made for a bucket that is no longer declared stays until somebody drops it.
{%- for bucket in buckets %}

-- {{ bucket.title }}
{%- for line in bucket.doc %}
-- {{ line }}
{%- endfor %}

insert into storage.buckets (id, name, public) values ({{ bucket.literal }}, {{ bucket.literal }}, {{ bucket.public }})
    on conflict (id) do update set public = excluded.public;
{%- for policy in bucket.policies %}

drop policy if exists {{ policy.name }} on {{ policy.table }};
create policy {{ policy.name }} on {{ policy.table }} for {{ policy.command }} to {{ policy.roles }}
{%- for line in policy.using %}
    using ({{ line }})
{%- endfor %}
{%- for line in policy.check %}
    with check ({{ line }})
{%- endfor -%}
;
{%- endfor %}
{%- endfor %}
