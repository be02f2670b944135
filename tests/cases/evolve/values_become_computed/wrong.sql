select place::text from public.notes where place <> 3
