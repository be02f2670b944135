select title from public.notes where body is distinct from case title when 'Sow' then 'done'::public.state end
