SELECT 'lost' FROM items WHERE id = 'a' AND label <> 'Milk';
