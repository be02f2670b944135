with added as (insert into public.pairs ("left", "right") values (1, 10) returning 1) select 'no row' where (select count(*) from added) <> 1
