SELECT body FROM drafts WHERE id = 11 AND (body <> 'nothing' OR place <> 7);
