update public.notes set author_id = (select owner_id from public.books where books.id = book_id);
