select state || marks::text from public.notes where (state, marks) is distinct from ('closed', array['closed', 'open', 'closed']) and id::text like '%12'
