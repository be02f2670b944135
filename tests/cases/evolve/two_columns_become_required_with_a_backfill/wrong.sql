select title from public.notes where body = 'DIG' and place <> 2
