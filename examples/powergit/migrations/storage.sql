-- powergit: storage buckets, and who may reach which of their objects.
--
-- Whoever may write policies on storage.objects runs it after the migrations: on Supabase the role postgres.
-- It may run again; what it made for a bucket that is no longer declared stays until somebody drops it.

-- git-packs
-- The bytes of packs, under `org_id/repo_id/`. The app's migration made the bucket public, which went around the privacy of repositories.

insert into storage.buckets (id, name, public) values ('git-packs', 'git-packs', false)
    on conflict (id) do update set public = excluded.public;

drop policy if exists "powergit_git-packs_read" on storage.objects;
create policy "powergit_git-packs_read" on storage.objects for select to authenticated
    using (bucket_id = 'git-packs' and ((storage.foldername(name))[1] = any (array(select powergit_private.my_orgs())) or (storage.foldername(name))[1] || '/' || (storage.foldername(name))[2] = any (array(select powergit_private.public_repositories()))));

drop policy if exists "powergit_git-packs_insert" on storage.objects;
create policy "powergit_git-packs_insert" on storage.objects for insert to authenticated
    with check (bucket_id = 'git-packs' and ((storage.foldername(name))[1] = any (array(select powergit_private.my_orgs())) or (storage.foldername(name))[1] || '/' || (storage.foldername(name))[2] = any (array(select powergit_private.public_repositories()))) and (storage.foldername(name))[1] = any (array(select powergit_private.my_writable_orgs())));

drop policy if exists "powergit_git-packs_update" on storage.objects;
create policy "powergit_git-packs_update" on storage.objects for update to authenticated
    using (bucket_id = 'git-packs' and ((storage.foldername(name))[1] = any (array(select powergit_private.my_orgs())) or (storage.foldername(name))[1] || '/' || (storage.foldername(name))[2] = any (array(select powergit_private.public_repositories()))) and (storage.foldername(name))[1] = any (array(select powergit_private.my_writable_orgs())))
    with check (bucket_id = 'git-packs' and ((storage.foldername(name))[1] = any (array(select powergit_private.my_orgs())) or (storage.foldername(name))[1] || '/' || (storage.foldername(name))[2] = any (array(select powergit_private.public_repositories()))) and (storage.foldername(name))[1] = any (array(select powergit_private.my_writable_orgs())));

drop policy if exists "powergit_git-packs_delete" on storage.objects;
create policy "powergit_git-packs_delete" on storage.objects for delete to authenticated
    using (bucket_id = 'git-packs' and ((storage.foldername(name))[1] = any (array(select powergit_private.my_orgs())) or (storage.foldername(name))[1] || '/' || (storage.foldername(name))[2] = any (array(select powergit_private.public_repositories()))) and (storage.foldername(name))[1] = any (array(select powergit_private.my_writable_orgs())));
