select title::text from public.notes where title not in ('sow', 'dig')
