select count(*)::text from public.numbers having count(*) <> 2
