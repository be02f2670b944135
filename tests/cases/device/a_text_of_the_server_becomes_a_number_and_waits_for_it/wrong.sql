SELECT title FROM items WHERE title IS NOT NULL;
