select title from public.notes where title not in ('Sow', 'Dig')
