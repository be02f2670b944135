update public.notes set colour = 'blue';
