SELECT what FROM captured
UNION ALL SELECT 'trigger' FROM (SELECT count(*) AS found FROM sqlite_schema WHERE type = 'trigger') WHERE found <> 3
UNION ALL SELECT text FROM letters WHERE id = 10 AND text <> 'Dear';
