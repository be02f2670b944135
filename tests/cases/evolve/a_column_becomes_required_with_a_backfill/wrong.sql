select title || ': ' || body from public.notes where body <> case title when 'Sow' then 'peas' else 'DIG' end
