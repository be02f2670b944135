select colour from public.notes where colour <> upper(title)
