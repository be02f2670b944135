//! A domain that takes no null refuses a new row that leaves its column out, also where other columns begin with defaults.

use synctable_codegen::targets::mappers::statements::all;
use tests::applied::{applied, model_of};

const DECLARATION: &str = "
synctable: 1
app: notes
postgres: {auth: supabase, user_id: uuid}
targets: {postgres: migrations, mappers: mappers, constants: constants}
domains:
  label: {kind: text, check: {postgres: value is not null, sqlite: value is not null}}
tables:
  notes:
    sync: both
    columns:
      id: {kind: uuid, key: true}
      place: {kind: int, default: 7}
      label: {kind: label, nullable: true}
    conflict: last_upload_wins
    access: {all: public}
";

#[test]
fn a_domain_without_nulls_refuses_a_new_row_that_leaves_it_out() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schema.yaml"), DECLARATION).unwrap();
    let model = model_of(folder.path());
    let (_, set) = all(&model).remove(0);
    let database = applied("domains", &model);
    let mut client = database.superuser();
    for commands in [&set.row_security, &set.guarded] {
        let put = commands.put.as_ref().unwrap();
        for (given, refused) in [
            ("\"label\": \"a\"", None),
            ("\"place\": \"1\"", Some("23514")),
        ] {
            let mut transaction = client.transaction().unwrap();
            let entry = format!(
                "[{{\"nr\": 1, \"given\": {{\"id\": \"10000000-0000-4000-8000-000000000001\", {given}}}, \"texts\": {{}}}}]"
            );
            let text = put.text.replace("$1::jsonb", "$1::text::jsonb");
            let written = transaction.query(&text, &[&entry]);
            let code = written
                .err()
                .map(|why| why.code().unwrap().code().to_owned());
            assert_eq!(code.as_deref(), refused, "{given}\n{text}");
        }
    }
}
