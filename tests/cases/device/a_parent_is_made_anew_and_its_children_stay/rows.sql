INSERT INTO boxes (id, name) VALUES (1, 'one'), (2, 'two');
INSERT INTO drafts (id, box_id, body, mood) VALUES (10, 1, 'Dear', 'bad'), (11, 2, NULL, 'good');

CREATE TABLE captured (what TEXT) STRICT;
CREATE TRIGGER drafts_captured_delete AFTER DELETE ON drafts BEGIN INSERT INTO captured VALUES ('delete'); END;
CREATE TRIGGER drafts_captured_insert AFTER INSERT ON drafts BEGIN INSERT INTO captured VALUES ('insert'); END;
CREATE TRIGGER boxes_captured AFTER DELETE ON boxes BEGIN INSERT INTO captured VALUES ('box'); END;
