SELECT 'a row' FROM drafts;
