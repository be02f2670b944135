-- What `bridge dev` begins with: the two users, and what the server alone writes.
insert into public.user_profile (id, name) values
    ('00000000-0000-4000-8000-00000000000a', 'Ann'),
    ('00000000-0000-4000-8000-00000000000b', 'Ben');
insert into public.genre (id, name) values ('ITRAD', 'Irish traditional');
insert into public.tune_type (id, name) values ('reel', 'Reel');
