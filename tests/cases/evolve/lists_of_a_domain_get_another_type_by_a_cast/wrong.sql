select place::text from public.notes where place::text not in ('{1,2}', '{}')
