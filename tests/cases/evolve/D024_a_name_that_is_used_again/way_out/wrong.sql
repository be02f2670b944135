select place from public.notes where place is distinct from case title when 'Sow' then 'peas' end
