insert into public.books (id, owner_id, title, updated_at, edited_at) values
    ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 'Garden', '2026-01-01 09:00:00Z', '2026-01-01 09:00:00Z');
