//! Declarations whose scopes read each other: what multiplies wherever a scope is written out in its place.

/// How the scopes of a declaration read each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Each reads the one before.
    Chain,
    /// The same, with the last declared first.
    Backwards,
    /// Each reads the one before twice: either mention will do.
    Either,
    /// Each reads the one before twice: both have to hold.
    Both,
    /// Two at every step, each of which reads both of the step before.
    Ladder,
    /// Each reads the one before by the key of its own rows, and once more by another column.
    Own,
    /// Two at every step over their own rows, each of which reads both of the step before.
    OwnLadder,
    /// One reads all others: one of them will do.
    AnyOf,
    /// One reads all others: all have to hold.
    AllOf,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 9] = [
        Self::Chain,
        Self::Backwards,
        Self::Either,
        Self::Both,
        Self::Ladder,
        Self::Own,
        Self::OwnLadder,
        Self::AnyOf,
        Self::AllOf,
    ];

    /// The scopes by name, with what each asks of a folder; the last is the one that rules look up.
    fn scopes(self, count: usize) -> Vec<(String, String)> {
        const MINE: &str = "owner_id = auth.user_id()";
        let steps = |of: &dyn Fn(usize) -> String| -> Vec<(String, String)> {
            (0..count)
                .map(|step| {
                    let filter = match step {
                        0 => MINE.to_owned(),
                        step => of(step - 1),
                    };
                    (format!("s{step}"), filter)
                })
                .collect()
        };
        let pairs = |of: &dyn Fn(usize) -> [String; 2]| -> Vec<(String, String)> {
            (0..count / 2)
                .flat_map(|step| {
                    let [a, b] = match step {
                        0 => [MINE.to_owned(), "keeper_id = auth.user_id()".to_owned()],
                        step => of(step - 1),
                    };
                    // The one that rules look up comes last.
                    [(format!("b{step}"), b), (format!("a{step}"), a)]
                })
                .collect()
        };
        let all_others = |joint: &str| {
            let others = 0..count - 1;
            let mentions: Vec<String> = others
                .clone()
                .map(|other| format!("parent_id in (s{other})"))
                .collect();
            let mut all: Vec<_> = others
                .map(|other| (format!("s{other}"), format!("{MINE} and kind = 'k{other}'")))
                .collect();
            all.push(("top".to_owned(), mentions.join(joint)));
            all
        };
        match self {
            Self::Chain => steps(&|below| format!("parent_id in (s{below})")),
            Self::Backwards => {
                let mut all = steps(&|below| format!("parent_id in (s{below})"));
                all.reverse();
                all
            }
            Self::Either => {
                steps(&|below| format!("parent_id in (s{below}) or origin_id in (s{below})"))
            }
            Self::Both => {
                steps(&|below| format!("parent_id in (s{below}) and origin_id in (s{below})"))
            }
            Self::Ladder => pairs(&|below| {
                [
                    format!("parent_id in (a{below}) and origin_id in (b{below})"),
                    format!("origin_id in (a{below}) and parent_id in (b{below})"),
                ]
            }),
            Self::Own => steps(&|below| format!("id in (s{below}) or parent_id in (s{below})")),
            Self::OwnLadder => pairs(&|below| {
                [
                    format!("id in (a{below}) and (kind = 'x' or id in (b{below}))"),
                    format!("id in (b{below}) and (kind = 'y' or id in (a{below}))"),
                ]
            }),
            Self::AnyOf => all_others(" or "),
            Self::AllOf => all_others(" and "),
        }
    }

    /// The scope that rules look up.
    #[must_use]
    pub fn last(self, count: usize) -> String {
        let scopes = self.scopes(count);
        let last = match self {
            Self::Backwards => scopes.first(),
            _ => scopes.last(),
        };
        last.map(|(name, _)| name.clone()).expect("there is one")
    }
}

/// A declaration of so many scopes over folders, and of files in the folders that the last of them selects, for one target.
#[must_use]
pub fn declaration(shape: Shape, count: usize, target: &str) -> String {
    let scopes: String = shape
        .scopes(count)
        .into_iter()
        .map(|(name, filter)| format!("  {name}: select id from folders where {filter}\n"))
        .collect();
    let last = shape.last(count);
    let (sync, access) = match shape {
        Shape::Own | Shape::OwnLadder => {
            ("down", format!("    access: {{read: id in ({last})}}\n"))
        }
        _ => ("none", String::new()),
    };
    // The file of the bridge is for a server that logs in.
    let server = match target {
        "bridge" => "postgres: {roles: {bridge: bridge_role}}\n",
        _ => "",
    };
    format!(
        "synctable: 1
app: folders
{server}targets: {{{target}: out}}
scopes:
{scopes}tables:
  folders:
    sync: {sync}
    columns:
      id: {{kind: uuid, key: true}}
      owner_id: uuid
      keeper_id: uuid
      parent_id: uuid
      origin_id: uuid
      kind: text
    indexes: {{by_owner: [owner_id], by_keeper: [keeper_id], by_parent: [parent_id], by_origin: [origin_id]}}
{access}  files:
    sync: both
    columns:
      id: {{kind: uuid, key: true, client_default: uuid()}}
      folder_id: uuid
      title: text
      edited_at: {{kind: timestamptz, role: edited_at}}
    indexes: {{by_folder: [folder_id]}}
    access: {{all: folder_id in ({last})}}
"
    )
}
