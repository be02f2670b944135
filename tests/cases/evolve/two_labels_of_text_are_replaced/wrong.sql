select state from public.notes where state <> case id::text when '00000000-0000-4000-8000-000000000012' then 'closed' else 'open' end
