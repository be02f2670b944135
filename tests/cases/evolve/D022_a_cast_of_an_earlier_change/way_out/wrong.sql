select place::text from public.notes where not place
