select 'sorts otherwise' where not (select max(state) = 'open' from public.notes)
