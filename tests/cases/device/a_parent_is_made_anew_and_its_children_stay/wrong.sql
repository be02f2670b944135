SELECT 'lost' FROM (SELECT count(*) AS found FROM drafts) WHERE found <> 2
UNION ALL SELECT what FROM captured
UNION ALL SELECT color FROM boxes WHERE color <> 'red';
