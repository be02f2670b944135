-- What the oracle asks a database with. Belongs to the superuser, who becomes the caller inside.

create schema oracle;
grant usage on schema oracle to public;

-- What each query answers to a role on behalf of a caller: a JSON array, or null where the role may not ask.
-- A query may also name the caller as $1 and what the caller claims as $2, whatever the session's claims are.
create function oracle.seen(asks text, claims text, caller text, told text, queries text[]) returns text[]
    language plpgsql
    as $$
declare
    answers text[] := '{}';
    query text;
    answer text;
begin
    perform set_config('request.jwt.claims', claims, true);
    foreach query in array queries loop
        begin
            perform set_config('role', asks, true);
            execute query into answer using caller, told::jsonb;
        exception
            when insufficient_privilege then answer := null;
        end;
        perform set_config('role', 'none', true);
        answers := answers || answer;
    end loop;
    perform set_config('request.jwt.claims', '', true);
    return answers;
end
$$;

-- What a statement would leave behind if nobody decided: the row as JSON and as a record (JSON knows one kind of null),
-- and the SQLSTATE where it fails.
create function oracle.would(claims text, statements text[], out made jsonb, out record text, out fault text)
    language plpgsql
    as $$
declare
    one text;
begin
    perform set_config('request.jwt.claims', claims, true);
    begin
        foreach one in array statements[: cardinality(statements) - 1] loop
            execute one;
        end loop;
        execute statements[cardinality(statements)] into made, record;
        raise exception using errcode = 'ORCLE';
    exception
        when sqlstate 'ORCLE' then null;
        when others then fault := sqlstate || ': ' || sqlerrm;
    end;
    perform set_config('request.jwt.claims', '', true);
end
$$;

-- How many rows a caller's statement touches, and the SQLSTATE where it fails; nothing of it stays.
create function oracle.does(caller text, claims text, statement text, out touched bigint, out fault text)
    language plpgsql
    as $$
begin
    perform set_config('request.jwt.claims', claims, true);
    begin
        perform set_config('role', caller, true);
        execute statement;
        get diagnostics touched = row_count;
        raise exception using errcode = 'ORCLE';
    exception
        when sqlstate 'ORCLE' then null;
        when others then fault := sqlstate || ': ' || sqlerrm; touched := 0;
    end;
    perform set_config('request.jwt.claims', '', true);
end
$$;

-- Tries writes, each on what stands before all of them: what each would make, what the guard says of it, what happens.
create function oracle.attempts(attempts jsonb) returns jsonb
    language plpgsql
    as $$
declare
    attempt jsonb;
    answers jsonb := '[]';
    proposed jsonb;
    made jsonb;
    proposed_record text;
    made_record text;
    query text;
    why text;
    said boolean;
    guarded boolean;
    touched bigint;
    refused text;
begin
    for attempt in select value from jsonb_array_elements(attempts) with ordinality order by ordinality loop
        proposed := null;
        proposed_record := null;
        made_record := null;
        why := null;
        if attempt -> 'propose' <> 'null' then
            select * into proposed, proposed_record, why
            from oracle.would(attempt ->> 'claims', array(select jsonb_array_elements_text(attempt -> 'propose')));
        end if;
        if why is null and attempt -> 'merge' <> 'null' then
            select * into made, made_record, why
            from oracle.would(attempt ->> 'claims', array(select jsonb_array_elements_text(attempt -> 'merge')));
        end if;
        said := null;
        if why is null then
            for query in select jsonb_array_elements_text(attempt -> 'guards') loop
                execute query into guarded
                    using attempt ->> 'subject', (attempt ->> 'claims')::jsonb, proposed_record, made_record;
                said := coalesce(guarded, false) and coalesce(said, true);
            end loop;
        end if;
        select * into touched, refused
        from oracle.does(attempt ->> 'role', attempt ->> 'claims', attempt ->> 'write');
        answers := answers || jsonb_build_object(
            'proposed', proposed, 'why', why, 'guard', said, 'touched', touched, 'refused', refused
        );
    end loop;
    return answers;
end
$$;

-- Which of the statements of a role on behalf of a caller touch a row; nothing of any of them stays.
create function oracle.passes(asks text, claims text, statements text[]) returns boolean[]
    language plpgsql
    as $$
declare
    answers boolean[] := '{}';
    statement text;
    touched bigint;
begin
    perform set_config('request.jwt.claims', claims, true);
    foreach statement in array statements loop
        begin
            perform set_config('role', asks, true);
            execute statement;
            get diagnostics touched = row_count;
            raise exception using errcode = 'ORCLE';
        exception
            when sqlstate 'ORCLE' then null;
            when others then touched := 0;
        end;
        answers := answers || (touched > 0);
    end loop;
    perform set_config('request.jwt.claims', '', true);
    return answers;
end
$$;
