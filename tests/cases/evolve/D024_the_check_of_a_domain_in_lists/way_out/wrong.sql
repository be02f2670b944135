select id::text from public.books where long_labels::text <> '{a,b}'
