select state::text from public.notes where state <> 'open'
