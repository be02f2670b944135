SELECT 'lost' FROM (SELECT count(*) AS found FROM drafts JOIN boxes ON boxes.number = box_id) WHERE found <> 2;
