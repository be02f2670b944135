select number from public.notes where number <> 'n7'
