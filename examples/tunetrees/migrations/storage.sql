-- tunetrees: storage buckets, and who may reach which of their objects.
--
-- Whoever may write policies on storage.objects runs it after the migrations: on Supabase the role postgres.
-- It may run again; what it made for a bucket that is no longer declared stays until somebody drops it.

-- avatars
-- Pictures of users, in a folder named as the user's id.

insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true)
    on conflict (id) do update set public = excluded.public;

drop policy if exists tunetrees_avatars_read on storage.objects;
create policy tunetrees_avatars_read on storage.objects for select to authenticated
    using (bucket_id = 'avatars');

drop policy if exists tunetrees_avatars_insert on storage.objects;
create policy tunetrees_avatars_insert on storage.objects for insert to authenticated
    with check (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select tunetrees_private.claim(array['sub'])));

drop policy if exists tunetrees_avatars_update on storage.objects;
create policy tunetrees_avatars_update on storage.objects for update to authenticated
    using (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select tunetrees_private.claim(array['sub'])))
    with check (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select tunetrees_private.claim(array['sub'])));

drop policy if exists tunetrees_avatars_delete on storage.objects;
create policy tunetrees_avatars_delete on storage.objects for delete to authenticated
    using (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select tunetrees_private.claim(array['sub'])));

drop policy if exists tunetrees_avatars_read_anon on storage.objects;
create policy tunetrees_avatars_read_anon on storage.objects for select to anon
    using (bucket_id = 'avatars');
