//! URLs of objects: the rules of a bucket decide, and what is signed does what it was signed for.

use jsonwebtoken::get_current_timestamp;
use serde_json::{Value, json};
use synctable_codegen::targets::postgres::TARGET;
use tests::applied::model_of;
use tests::cases::workspace;
use tests::node::typescript::node;

use crate::bridge::app::{ANN, Access, BEN, Bridge, database, database_of, run, signed};
use crate::bridge::client::{Reply, send};
use crate::bridge::documented::documented;
use crate::bridge::service::{Service, Speaks};

/// A token of a user in a tenant.
fn token_in(tenant: &str, user: &str, role: &str, seconds: i64) -> String {
    let now = i64::try_from(get_current_timestamp()).expect("it is not that late");
    signed(&json!({
        "sub": user,
        "role": role,
        "aud": "authenticated",
        "exp": now + seconds,
        "app_metadata": {"tenant_id": tenant},
    }))
}

fn ask_with(bridge: &Bridge, token: Option<&str>, body: &[u8]) -> Reply {
    let authorization = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = authorization
        .iter()
        .map(|text| ("Authorization", text.as_str()))
        .collect();
    let reply = send(bridge.address, "POST", "/api/objects", &headers, body);
    let reply = reply.unwrap_or_else(|error| panic!("{error}"));
    documented("post", "/api/objects", &reply);
    reply
}

/// What a user of the tenant `acme` is answered.
pub(crate) fn ask(bridge: &Bridge, user: &str, operation: &str, path: &str) -> Reply {
    let body = json!({"bucket": "attachments", "path": path, "operation": operation});
    let token = token_in("acme", user, "authenticated", 600);
    ask_with(bridge, Some(&token), body.to_string().as_bytes())
}

fn code(reply: &Reply) -> (u16, String) {
    let code = reply.json()["code"].as_str().unwrap_or_default().to_owned();
    (reply.status, code)
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Uploads, replaces and downloads an object by URLs of the bridge.
fn goes_up_and_comes_down(hint: &str, speaks: Speaks, access: Access) {
    let database = database(hint);
    let service = Service::start();
    let settings = service.settings(speaks);
    let bridge = Bridge::start(&database.login_url("bridge_role"), access, &settings);
    // Every character that a path may have.
    let path = format!("acme/{ANN}/a b_-!.*'() &$@=;:+,z.txt");
    if speaks == Speaks::Supabase {
        assert_eq!(
            code(&ask(&bridge, ANN, "download", &path)),
            refused(404, "not_found")
        );
    }
    let upload = ask(&bridge, ANN, "upload", &path);
    assert_eq!(upload.status, 200, "{upload:?}");
    let upload = upload.json();
    assert_eq!(upload["method"], "PUT");
    assert!(
        upload["expires_in"]
            .as_u64()
            .is_some_and(|seconds| seconds >= 900),
        "{upload}"
    );
    assert_eq!(service.signed(&upload, "one").status, 200);
    assert_eq!(service.paths("attachments"), [path.as_str()]);
    // A URL that adds an object replaces none, also where it is used again.
    let again = service.signed(&upload, "two").status;
    assert!(again == 412 || again == 400, "{again}");
    let download = ask(&bridge, ANN, "download", &path).json();
    assert_eq!(download["method"], "GET");
    assert_eq!(service.signed(&download, "").body, "one");
    if speaks == Speaks::Supabase {
        assert_eq!(
            code(&ask(&bridge, ANN, "upload", &path)),
            refused(409, "exists")
        );
    }
    let replace = ask(&bridge, ANN, "replace", &path).json();
    assert_eq!(service.signed(&replace, "three").status, 200);
    assert_eq!(service.signed(&download, "").body, "three");
    // Nothing else can be done with a URL than it was signed for.
    let url = upload["url"].as_str().expect("a URL").to_owned();
    let place = url
        .strip_prefix(&service.url())
        .expect("it leads to the service");
    for (method, place, headers) in [
        ("GET", place.to_owned(), ""),
        ("DELETE", place.to_owned(), ""),
        ("PUT", place.replace(ANN, BEN), "if-none-match: *\r\n"),
        (
            "PUT",
            place.replace("attachments", "git-packs"),
            "if-none-match: *\r\n",
        ),
    ] {
        let status = service.send(method, &place, headers, "x").status;
        assert!(status >= 400, "{method} {place}: {status}");
    }
    if speaks == Speaks::S3 {
        let place = place.replace("z.txt", "y.txt");
        assert_eq!(
            service
                .send("PUT", &place, "if-none-match: *\r\n", "x")
                .status,
            403
        );
    }
    assert_eq!(service.paths("attachments"), [path.as_str()]);
}

#[test]
fn an_object_goes_to_a_service_that_speaks_s3_and_comes_back() {
    goes_up_and_comes_down("bridge_objects_s3", Speaks::S3, Access::RowSecurity);
}

#[test]
fn an_object_goes_to_supabase_and_comes_back() {
    goes_up_and_comes_down("bridge_objects_supabase", Speaks::Supabase, Access::Guarded);
}

#[test]
fn a_url_that_adds_an_object_needs_the_header_that_was_signed() {
    let database = database("bridge_objects_header");
    let service = Service::start();
    let settings = service.settings(Speaks::S3) + "valid_seconds = 1\n";
    let bridge = Bridge::start(
        &database.login_url("bridge_role"),
        Access::RowSecurity,
        &settings,
    );
    let path = format!("acme/{ANN}/1");
    let mut upload = ask(&bridge, ANN, "upload", &path).json();
    assert_eq!(upload["headers"], json!({"if-none-match": "*"}));
    let late = upload.clone();
    upload["headers"] = json!({});
    assert_eq!(service.signed(&upload, "x").status, 403);
    std::thread::sleep(std::time::Duration::from_millis(2100));
    assert_eq!(service.signed(&late, "x").status, 403, "it is over");
    assert!(service.paths("attachments").is_empty());
}

#[test]
fn an_upload_has_as_many_bytes_as_were_signed() {
    let database = database("bridge_objects_bytes");
    let service = Service::start();
    let settings = service.settings(Speaks::S3) + "max_bytes = 5\n";
    let url = database.login_url("bridge_role");
    let bridge = Bridge::start(&url, Access::RowSecurity, &settings);
    let token = token_in("acme", ANN, "authenticated", 600);
    let asked = |operation: &str, bytes: Value| {
        let body = json!({"bucket": "attachments", "path": format!("acme/{ANN}/1"),
            "operation": operation, "bytes": bytes});
        ask_with(&bridge, Some(&token), body.to_string().as_bytes())
    };
    for operation in ["upload", "replace"] {
        assert_eq!(code(&asked(operation, json!(null))), refused(400, "bytes"));
        assert_eq!(code(&asked(operation, json!(6))), refused(400, "bytes"));
        assert_eq!(
            code(&asked(operation, json!(-1))),
            refused(400, "malformed")
        );
    }
    let mut signed = asked("upload", json!(5)).json();
    assert_eq!(signed["headers"]["content-length"], "5");
    // The client of the tests says how many bytes it sends.
    signed["headers"] = json!({"if-none-match": "*"});
    for (body, status) in [("123456", 403), ("1234", 403), ("12345", 200)] {
        assert_eq!(service.signed(&signed, body).status, status, "{body}");
    }
    assert_eq!(asked("download", json!(null)).status, 200);
}

#[test]
fn a_caller_gets_what_the_rules_allow_and_nothing_else() {
    let database = database("bridge_objects_callers");
    let service = Service::start();
    let settings = service.settings(Speaks::S3);
    let bridge = Bridge::start(
        &database.login_url("bridge_role"),
        Access::RowSecurity,
        &settings,
    );
    let of_ann = format!("acme/{ANN}/1");
    // Everybody of a tenant reads; each writes below an own folder.
    assert_eq!(ask(&bridge, BEN, "download", &of_ann).status, 200);
    for operation in ["upload", "replace"] {
        assert_eq!(ask(&bridge, ANN, operation, &of_ann).status, 200);
        assert_eq!(
            code(&ask(&bridge, BEN, operation, &of_ann)),
            refused(403, "refused")
        );
    }
    let body = json!({"bucket": "attachments", "path": of_ann, "operation": "download"});
    let body = body.to_string();
    let by = |token: &str| code(&ask_with(&bridge, Some(token), body.as_bytes()));
    let elsewhere = token_in("other", ANN, "authenticated", 600);
    assert_eq!(by(&elsewhere), refused(403, "refused"));
    let anonymous = token_in("acme", ANN, "anon", 600);
    assert_eq!(by(&anonymous), refused(403, "refused"));
    for wrong in [
        token_in("acme", ANN, "authenticated", -600),
        token_in("acme", ANN, "service_role", 600),
        token_in("acme", ANN, "authenticated", 600) + "x",
    ] {
        assert_eq!(by(&wrong), refused(401, "unauthorized"));
    }
    let reply = ask_with(&bridge, None, body.as_bytes());
    assert_eq!(code(&reply), refused(401, "unauthorized"));
}

#[test]
fn a_path_or_a_request_of_another_form_is_told() {
    let database = database("bridge_objects_form");
    let service = Service::start();
    let settings = service.settings(Speaks::S3);
    let bridge = Bridge::start(
        &database.login_url("bridge_role"),
        Access::RowSecurity,
        &settings,
    );
    for path in [
        String::new(),
        "1".to_owned(),
        "acme/1".to_owned(),
        format!("/acme/{ANN}/1"),
        format!("acme/{ANN}/"),
        format!("acme//{ANN}/1"),
        format!("acme/{ANN}/../{BEN}/1"),
        format!("acme/{ANN}/.."),
        format!("acme/{ANN}/./1"),
        format!("acme/{ANN}/%2e%2e/{BEN}/1"),
        format!("acme/{ANN}%2F..%2F{BEN}/x/1"),
        format!("acme/{ANN}/caf\u{e9}"),
        format!("acme/{ANN}/\u{202e}1"),
        format!("acme/{ANN}/1\0"),
        format!("acme/{ANN}/1\n"),
        format!("acme/{ANN}/1?x=1"),
        format!("acme/{ANN}/1#x"),
        format!("acme\\{ANN}\\1"),
        format!("acme/{ANN}/{}", "x".repeat(100_000)),
    ] {
        assert_eq!(
            code(&ask(&bridge, ANN, "upload", &path)),
            refused(400, "path"),
            "{path:.80}"
        );
    }
    let token = token_in("acme", ANN, "authenticated", 600);
    let body = |bucket: &str| json!({"bucket": bucket, "path": format!("acme/{ANN}/1"), "operation": "upload"});
    for bucket in ["", "other", "Attachments", "attachments/..", "git-packs"] {
        let reply = ask_with(&bridge, Some(&token), body(bucket).to_string().as_bytes());
        assert_eq!(code(&reply), refused(400, "bucket"), "{bucket}");
    }
    let mut more = body("attachments");
    more["as"] = json!("owner");
    let mut delete = body("attachments");
    delete["operation"] = json!("delete");
    for body in [
        String::new(),
        "[]".to_owned(),
        "{}".to_owned(),
        "{\"bucket\": \"attachments\"".to_owned(),
        more.to_string(),
        delete.to_string(),
        "[".repeat(100_000),
    ] {
        let reply = ask_with(&bridge, Some(&token), body.as_bytes());
        assert_eq!(code(&reply), refused(400, "malformed"), "{body:.80}");
    }
    let large = ask_with(&bridge, Some(&token), &vec![b' '; 9 << 20]);
    assert_eq!(large.status, 413);
    assert!(service.paths("attachments").is_empty());
}

/// The bridge and the policies of `storage.sql` decide alike, over sets that they look up.
#[test]
fn the_bridge_decides_as_the_policies_on_objects_do() {
    let schema = workspace().join("examples/powergit/schema");
    let database = database_of("bridge_objects_policies", &schema);
    run(
        &database,
        &format!(
            "update public.org_members set role = 'read' where user_id = '{BEN}';
             insert into public.orgs (id, name, created_by) values ('open', 'Open', '{ANN}');
             insert into public.repositories (org_id, id, repo_id, visibility) values
                 ('acme', 'acme/site', 'site', 'private'), ('open', 'open/site', 'site', 'public');"
        ),
    );
    let model = model_of(&schema);
    let tree = (TARGET.emit)(&model);
    let storage = tree.get("storage.sql").expect("there are buckets");
    run(&database, &storage);
    let service = Service::start();
    let bridge = Bridge::begin(
        &schema,
        "127.0.0.1:0",
        &database.login_url("bridge_role"),
        Access::Guarded,
        &service.settings(Speaks::S3),
        "",
    );
    let mut outcomes = Vec::new();
    let stranger = "00000000-0000-4000-8000-00000000000c";
    for user in [ANN, BEN, stranger] {
        for path in [
            "acme/site/1",
            "acme/other/x/1",
            "open/site/1",
            "open/other/1",
            "Acme/site/1",
            "null/null/1",
        ] {
            let claims = json!({"sub": user, "role": "authenticated"}).to_string();
            // An object that is there for the questions about those that are.
            run(
                &database,
                &format!(
                    "insert into storage.objects (bucket_id, name) values ('git-packs', '{path}')"
                ),
            );
            let mut client = database.client("authenticated", &claims);
            let row = client.query(
                &format!("select from storage.objects where name = '{path}'"),
                &[],
            );
            let reads = !row.expect("it is asked").is_empty();
            let changed = client.execute(
                &format!("update storage.objects set name = name where name = '{path}'"),
                &[],
            );
            let changes = changed.expect("it is asked") == 1;
            run(&database, "delete from storage.objects");
            let inserts = client
                .execute(&format!("insert into storage.objects (bucket_id, name) values ('git-packs', '{path}')"), &[])
                .is_ok();
            run(&database, "delete from storage.objects");
            let token = token_in("acme", user, "authenticated", 600);
            let answers = |operation: &str| {
                let body = json!({"bucket": "git-packs", "path": path, "operation": operation});
                let reply = ask_with(&bridge, Some(&token), body.to_string().as_bytes());
                match code(&reply) {
                    (200, _) => true,
                    (403, code) if code == "refused" => false,
                    other => panic!("{other:?}"),
                }
            };
            let found = ["download", "upload", "replace"].map(answers);
            assert_eq!(found, [reads, inserts, inserts && changes], "{user} {path}");
            outcomes.push(found);
        }
    }
    // Each of them is allowed to somebody, and to nobody all.
    for place in 0..3 {
        assert!(outcomes.iter().any(|found| found[place]), "{outcomes:?}");
        assert!(outcomes.iter().any(|found| !found[place]), "{outcomes:?}");
    }
}

#[test]
fn without_the_database_or_the_service_nothing_is_signed() {
    let database = database("bridge_objects_down");
    let service = Service::start();
    let settings = service.settings(Speaks::Supabase);
    let url = database.login_url("bridge_role");
    let bridge = Bridge::start(&url, Access::RowSecurity, &settings);
    let path = format!("acme/{ANN}/1");
    assert_eq!(ask(&bridge, ANN, "upload", &path).status, 200);
    drop(service);
    assert_eq!(
        code(&ask(&bridge, ANN, "upload", &path)),
        refused(503, "unavailable")
    );
    // Where the caller is refused, the service is not asked.
    assert_eq!(
        code(&ask(&bridge, BEN, "upload", &path)),
        refused(403, "refused")
    );
    let gone =
        "do $$ begin execute format('revoke connect on database %I from public', current_database()); end $$;
         select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and usename = 'bridge_role'";
    run(&database, gone);
    assert_eq!(
        code(&ask(&bridge, ANN, "upload", &path)),
        refused(503, "unavailable")
    );
}

/// A request to the service holds its key.
#[test]
fn a_service_that_leads_elsewhere_is_not_followed() {
    let database = database("bridge_objects_elsewhere");
    let (service, elsewhere) = (Service::start(), Service::start());
    service.fault(json!({ "redirect": elsewhere.url() }));
    let settings = service.settings(Speaks::Supabase);
    let url = database.login_url("bridge_role");
    let bridge = Bridge::start(&url, Access::RowSecurity, &settings);
    let reply = ask(&bridge, ANN, "upload", &format!("acme/{ANN}/1"));
    assert_eq!(code(&reply), refused(503, "unavailable"));
}

#[test]
fn a_bridge_without_a_service_has_no_such_route() {
    let database = database("bridge_objects_none");
    let bridge = Bridge::start(&database.login_url("bridge_role"), Access::RowSecurity, "");
    let token = token_in("acme", ANN, "authenticated", 600);
    let authorization = format!("Bearer {token}");
    let headers = [("Authorization", authorization.as_str())];
    let reply = send(bridge.address, "POST", "/api/objects", &headers, b"{}");
    assert_eq!(reply.expect("it answers").status, 404);
}

fn a_device_uploads(hint: &str, speaks: Speaks) {
    let database = database(hint);
    let service = Service::start();
    let settings = service.settings(speaks);
    let url = database.login_url("bridge_role");
    let bridge = Bridge::start(&url, Access::RowSecurity, &settings);
    let output = node()
        .arg("objects_device.ts")
        .arg(format!("http://{}/api/objects", bridge.address))
        .arg(token_in("acme", ANN, "authenticated", 600))
        .args([format!("acme/{ANN}/a b (1).txt"), format!("acme/{BEN}/1")])
        .output()
        .expect("Node runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn the_library_for_typescript_uploads_to_s3_and_downloads() {
    a_device_uploads("bridge_objects_device_s3", Speaks::S3);
}

#[test]
fn the_library_for_typescript_uploads_to_supabase_and_downloads() {
    a_device_uploads("bridge_objects_device_supabase", Speaks::Supabase);
}
