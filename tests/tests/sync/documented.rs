//! The declaration of docs/sync.md leads to two devices that sync.

use tests::cases::workspace;

use crate::sync::world::{ANN, BEN, World};

const LIST: &str = "10000000-0000-4000-8000-000000000001";

#[test]
fn the_declaration_of_the_page_leads_to_two_syncing_devices() {
    let page = std::fs::read_to_string(workspace().join("docs/sync.md")).expect("the page");
    let (_, rest) = page.split_once("```yaml\n").expect("a declaration");
    let (declaration, _) = rest.split_once("```").expect("its end");
    let world = World::of("sync_documented", declaration);
    world.run(&format!(
        "insert into public.members (list_id, user_id) values ('{LIST}', '{ANN}'), ('{LIST}', '{BEN}')"
    ));
    let [ann, ben] =
        [(ANN, "phone"), (BEN, "tablet")].map(|(user, client)| world.device(user, client));
    world.sync(&ann);
    ann.write(&format!(
        "INSERT INTO items (id, list_id, title) VALUES ('20000000-0000-4000-8000-000000000001', '{LIST}', 'Bread')"
    ));
    world.sync(&ann);
    world.sync(&ben);
    // The statement of the page.
    ben.write("UPDATE items SET title = 'Milk' WHERE id = '20000000-0000-4000-8000-000000000001'");
    world.sync(&ben);
    world.sync(&ann);
    let title = ann.text("SELECT title FROM items");
    assert_eq!(title.as_deref(), Some("Milk"));
}
