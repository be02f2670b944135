SELECT 'swapped' FROM items WHERE id <> 'c';
