select title from public.notes where letters is distinct from case title when 'Sow' then 4 end
