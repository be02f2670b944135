select title || ': ' || length from public.notes where length <> length(title)
