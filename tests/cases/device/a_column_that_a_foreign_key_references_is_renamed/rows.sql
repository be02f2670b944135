INSERT INTO boxes (id, name) VALUES (1, 'one'), (2, 'two');
INSERT INTO drafts (id, box_id, body, mood) VALUES (10, 1, 'Dear', 'bad'), (11, 2, NULL, 'good');
