SELECT 'a value' FROM items WHERE note IS NOT NULL;
