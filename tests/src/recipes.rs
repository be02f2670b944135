//! The ids that recipes join of the texts of a row.

use synctable_codegen::model::{Recipe, RecipePart};

/// The id of a row, from the texts of its columns, of which `None` is NULL; `None` where a part has no text, or the id is
/// hashed.
pub fn joined(recipe: &Recipe, text: impl Fn(&RecipePart) -> Option<String>) -> Option<String> {
    let Recipe::Join { parts, separator } = recipe else {
        return None;
    };
    let mut id = String::new();
    for (index, part) in parts.iter().enumerate() {
        match part.before.as_str() {
            "" if index > 0 => id.push(*separator),
            before => id.push_str(before),
        }
        let text = text(part).or_else(|| part.null.clone())?;
        let text = match part.trim {
            true => text.trim_matches(' ').to_owned(),
            false => text,
        };
        id.push_str(&match part.lower {
            true => text.to_lowercase(),
            false => text,
        });
        id.push_str(&part.after);
    }
    Some(id)
}
