select number::text from public.notes where double <> 14
