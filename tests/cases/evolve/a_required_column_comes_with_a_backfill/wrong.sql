select title || ': ' || label from public.notes where label <> title
