select colour from public.notes where colour <> 'blue'
