//! A real PowerSync database whose queue the generated connector drains into the bridge.

use tests::node::printed::{Printed, compare};
use tests::node::typescript::{program, run};

use crate::app::{ANN, Access, Bridge, database, token};

fn equal_in_postgres(hint: &str, access: Access) {
    let database = database(hint);
    let bridge = Bridge::start(&database.login_url("bridge_role"), access, "");
    let url = format!("http://{}/api/data", bridge.address);
    let mut device = program("device");
    device
        .args(["tasks", &url, ANN, "postgres"])
        .env("DEVICE_TOKEN", token(ANN));
    let printed = run(&mut device).unwrap_or_else(|said| panic!("{said}"));
    let mut superuser = database.superuser();
    let mut count = 0;
    for line in printed.lines() {
        let printed: Printed = serde_json::from_str(line).expect("a line is a row");
        compare(&mut superuser, &schema::generated::REGISTRY, &printed);
        count += 1;
    }
    assert_eq!(count, 10, "{printed}");
    let sql = "select (select count(*) from tasks_bridge.dead_letters),
        (select count(*) from public.lists where deleted_at is not null),
        (select count(*) from public.feedback)";
    let counts = superuser.query_one(sql, &[]).expect("they are counted");
    assert_eq!([0, 1, 2].map(|nr| counts.get::<_, i64>(nr)), [0, 1, 1]);
}

#[test]
fn rows_of_a_device_are_equal_in_postgres_under_row_level_security() {
    equal_in_postgres("bridge_device_rls", Access::RowSecurity);
}

#[test]
fn rows_of_a_device_are_equal_in_postgres_with_guarded_statements() {
    equal_in_postgres("bridge_device_guarded", Access::Guarded);
}
