insert into public.books (id, owner_id, title, edited_at) values
    ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 'Garden', '2026-01-01 09:00:00Z');
insert into public.notes (id, book_id, title, body, place, state, edited_at) values
    ('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001', 'Sow', 'peas', 1, 'open', '2026-01-01 10:00:00Z'),
    ('00000000-0000-4000-8000-000000000012', '00000000-0000-4000-8000-000000000001', 'Dig', null, 2, 'done', '2026-01-02 10:00:00Z');
insert into public.pairs ("left", "right") values (1, 9), (2, 5);
