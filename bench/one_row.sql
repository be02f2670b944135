-- One row read by its id, as the client role with the claims of a Supabase token, in loops on the server; the best of seven.

do $$
begin
    perform set_config('request.jwt.claims', '{"aal": "aal1", "amr": [{"method": "password", "timestamp": 1767225600}], "app_metadata": {"provider": "email", "providers": ["email"], "tenant_id": "t1"}, "aud": "authenticated", "email": "ann@example.org", "exp": 1767229200, "iat": 1767225600, "is_anonymous": false, "iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1", "phone": "", "role": "authenticated", "session_id": "30000000-0000-4000-8000-000000000001", "sub": "00000000-0000-4000-8000-00000000000a", "user_metadata": {"email": "ann@example.org", "email_verified": true, "name": "Ann"}}', false);
end
$$;
set session authorization authenticated;
call bench.measure('no policy', $$select name from bench.free where id = '10000000-0000-4000-8000-000000000077'$$);
call bench.measure('by hand, auth.uid()', $$select name from bench.by_hand where id = '10000000-0000-4000-8000-000000000077'$$);
call bench.measure('the same with user_id()', $$select name from bench.by_function where id = '10000000-0000-4000-8000-000000000077'$$);
call bench.measure('lists, as declared', $$select name from public.lists where id = '10000000-0000-4000-8000-000000000077'$$);
