update public.notes set letters = length(body);
