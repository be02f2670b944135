select title::text from public.books where title <> 6
