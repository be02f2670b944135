select place::text from public.notes where place not in ('no 1', 'no 2')
