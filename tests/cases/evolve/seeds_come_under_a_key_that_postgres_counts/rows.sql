insert into public.taxes (name) values ('my own'), ('another');
