select author_id::text from public.notes where author_id <> '00000000-0000-4000-8000-00000000000a'
