//! The admin page in a real browser.

use serde_json::json;
use tests::node::typescript::{run, script};

use crate::bridge::app::{ANN, Access, Bridge, PHONE, database, statuses};
use crate::bridge::client::send;
use crate::bridge::uploads::list;

const TOKEN: &str = "a token of the administrators";

#[test]
fn dead_letters_are_replayed_amended_and_discarded_on_a_page_in_a_browser() {
    let database = database("bridge_page_admin");
    let settings = format!("[admin]\ntoken = '{TOKEN}'\n");
    let url = database.login_url("bridge_role");
    let bridge = Bridge::start(&url, Access::RowSecurity, &settings);
    let id = |nr: u8| format!("10000000-0000-4000-8000-00000000000{nr}");
    let mut many = list(&id(4), "");
    many["op_data"]["position"] = json!(9_007_199_254_740_993_u64);
    let mut code = list(&id(5), "<img src=x onerror='globalThis.hacked = 1'>");
    code["op_data"]["<img src=x onerror='globalThis.hacked = 2'>"] = json!("</script>");
    for (nr, crud) in [
        vec![list(&id(1), "Groceries"), list(&id(2), "")],
        vec![list(&id(3), "")],
        vec![many],
        vec![code],
    ]
    .into_iter()
    .enumerate()
    {
        let upload = json!([{"transaction_id": nr, "crud": crud}]);
        let reply = bridge.upload(ANN, PHONE, upload);
        assert_eq!(statuses(&reply), ["fatal_error"], "{crud:?}");
    }
    let mut browser = script("admin_page.js");
    let address = format!("http://{}", bridge.address);
    browser.args([address.as_str(), TOKEN]);
    run(&mut browser).unwrap_or_else(|said| panic!("{said}"));
    let sql = "select name from public.lists order by id";
    let rows = database.superuser().query(sql, &[]);
    let rows = rows.expect("they are read");
    let names: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(names, ["Groceries", "Tools", "Much"]);
}

#[test]
fn the_page_loads_nothing_of_others_and_is_not_there_without_a_token() {
    let database = database("bridge_page_files");
    let url = database.login_url("bridge_role");
    let settings = format!("[admin]\ntoken = '{TOKEN}'\n");
    let open = Bridge::start(&url, Access::RowSecurity, &settings);
    let closed = Bridge::start(&url, Access::RowSecurity, "");
    for path in ["/admin", "/admin/page.js", "/admin/page.css"] {
        let get =
            |bridge: &Bridge| send(bridge.address, "GET", path, &[], b"").expect("it answers");
        let reply = get(&open);
        assert_eq!(reply.status, 200, "{path}");
        let policy = reply.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
        assert!(
            !reply.body.contains("http://") && !reply.body.contains("https://"),
            "{path}"
        );
        assert_eq!(get(&closed).status, 404, "{path}");
    }
    for path in ["/admin/health", "/admin/metrics"] {
        let reply = send(open.address, "GET", path, &[], b"").expect("it answers");
        assert_eq!(reply.status, 401, "{path}");
    }
}
