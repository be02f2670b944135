-- What `bridge dev` begins with: devices upload what is in repositories, and the server keeps who belongs to which
-- organisation.
insert into public.orgs (id, name, created_by) values ('acme', 'Acme', '00000000-0000-4000-8000-00000000000a');
insert into public.org_members (org_id, user_id, role) values
    ('acme', '00000000-0000-4000-8000-00000000000a', 'admin'),
    ('acme', '00000000-0000-4000-8000-00000000000b', 'write');
