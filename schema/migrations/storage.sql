-- tasks: storage buckets, and who may reach which of their objects.
--
-- Whoever may write policies on storage.objects runs it after the migrations: on Supabase the role postgres.
-- It may run again; what it made for a bucket that is no longer declared stays until somebody drops it.

-- attachments
-- Files of a user, below the user's tenant.

insert into storage.buckets (id, name, public) values ('attachments', 'attachments', false)
    on conflict (id) do update set public = excluded.public;

drop policy if exists tasks_attachments_read on storage.objects;
create policy tasks_attachments_read on storage.objects for select to authenticated
    using (bucket_id = 'attachments' and (storage.foldername(name))[1] = (select tasks_private.claim(array['app_metadata', 'tenant_id'])));

drop policy if exists tasks_attachments_insert on storage.objects;
create policy tasks_attachments_insert on storage.objects for insert to authenticated
    with check (bucket_id = 'attachments' and (storage.foldername(name))[1] = (select tasks_private.claim(array['app_metadata', 'tenant_id'])) and (storage.foldername(name))[2] = (select tasks_private.claim(array['sub'])));

drop policy if exists tasks_attachments_update on storage.objects;
create policy tasks_attachments_update on storage.objects for update to authenticated
    using (bucket_id = 'attachments' and (storage.foldername(name))[1] = (select tasks_private.claim(array['app_metadata', 'tenant_id'])) and (storage.foldername(name))[2] = (select tasks_private.claim(array['sub'])))
    with check (bucket_id = 'attachments' and (storage.foldername(name))[1] = (select tasks_private.claim(array['app_metadata', 'tenant_id'])) and (storage.foldername(name))[2] = (select tasks_private.claim(array['sub'])));

drop policy if exists tasks_attachments_delete on storage.objects;
create policy tasks_attachments_delete on storage.objects for delete to authenticated
    using (bucket_id = 'attachments' and (storage.foldername(name))[1] = (select tasks_private.claim(array['app_metadata', 'tenant_id'])) and (storage.foldername(name))[2] = (select tasks_private.claim(array['sub'])));
