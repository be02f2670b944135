select states::text from public.chores where (states::text, was_state::text) is distinct from ('{closed,open,closed}', 'closed') and states <> '{}'
