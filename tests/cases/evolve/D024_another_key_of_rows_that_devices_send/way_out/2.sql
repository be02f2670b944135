insert into public.numbers (note, word, nth) select note, word, nth from public.marks;
