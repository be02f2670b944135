SELECT 'lost' FROM (SELECT count(*) AS found FROM bigger) WHERE found <> 1;
