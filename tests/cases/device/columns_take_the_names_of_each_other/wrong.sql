SELECT 'swapped' FROM items WHERE id = 'a' AND (title <> 2 OR size <> 'Milk');
