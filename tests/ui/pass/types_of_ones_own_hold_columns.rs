//! A newtype, an enum of one's own, a list of them, options of them.

use synctable::{Holds, SyncTable, Value, ValueError};
use ui::generated::enums::ItemStatus;
use ui::generated::tables::{items, kinds};

#[derive(Debug, PartialEq)]
struct Title(String);

impl Holds<String> for Title {
    fn to_value(&self) -> Value<'_> {
        self.0.to_value()
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        String::from_value(value).map(Title)
    }
}

#[derive(Debug, PartialEq)]
enum Progress {
    Started,
    Finished,
}

impl Holds<ItemStatus> for Progress {
    fn to_value(&self) -> Value<'_> {
        Value::Text(match self {
            Progress::Started => "open".into(),
            Progress::Finished => "done".into(),
        })
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        Ok(match ItemStatus::from_value(value)? {
            ItemStatus::Done => Progress::Finished,
            _ => Progress::Started,
        })
    }
}

#[derive(Debug, PartialEq, SyncTable)]
#[synctable(table = items, partial)]
struct Item {
    title: Title,
    status: Progress,
}

#[derive(Debug, PartialEq, SyncTable)]
#[synctable(table = kinds, partial)]
struct Kinds {
    a_text_or_null: Option<Title>,
    a_text_list: Vec<Title>,
    a_item_status_or_null: Option<Progress>,
    a_item_status_list: Vec<Progress>,
}

fn main() {
    for status in [Progress::Started, Progress::Finished] {
        let item = Item { title: Title("milk".into()), status };
        assert_eq!(Item::from_values(item.to_values()), Ok(item));
    }
    let kinds = Kinds {
        a_text_or_null: None,
        a_text_list: vec![Title("a".into())],
        a_item_status_or_null: Some(Progress::Finished),
        a_item_status_list: vec![Progress::Started],
    };
    assert_eq!(Kinds::from_values(kinds.to_values()), Ok(kinds));
}
