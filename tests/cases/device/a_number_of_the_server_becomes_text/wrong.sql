SELECT typeof(size) FROM items WHERE id = 'a' AND size IS NOT '2';
