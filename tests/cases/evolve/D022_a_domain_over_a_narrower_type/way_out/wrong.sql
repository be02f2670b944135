select place::text from public.notes where place <> case title when 'Sow' then 1 else 2 end
