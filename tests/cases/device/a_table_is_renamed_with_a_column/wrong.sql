SELECT 'lost' FROM (SELECT count(*) AS found FROM things) WHERE found <> 2;
