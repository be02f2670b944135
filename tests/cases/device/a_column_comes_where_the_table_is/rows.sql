INSERT INTO items (id, title, size) VALUES ('a', 'Milk', 2), ('b', NULL, NULL);
