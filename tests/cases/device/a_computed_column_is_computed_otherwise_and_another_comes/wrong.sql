SELECT loud, twice FROM items WHERE id = 'a' AND (loud <> 'milk' OR twice <> 4);
