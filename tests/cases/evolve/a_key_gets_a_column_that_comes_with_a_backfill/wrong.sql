select nth::text from public.pairs where nth <> "left" + "right"
