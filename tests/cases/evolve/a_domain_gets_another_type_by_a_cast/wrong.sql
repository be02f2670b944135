select place::text from public.notes where place not like 'no %'
