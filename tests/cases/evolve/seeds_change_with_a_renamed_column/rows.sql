update public.roles set rank = 5 where name like 'it%';
