select state::text from public.notes where (state::text = 'closed') <> (id::text like '%12')
