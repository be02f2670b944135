//! Reads Dart, Kotlin, Swift and C# with their grammars, and what they construct out of the trees.

use tree_sitter::{Node, Parser, Tree};

use crate::client_schemas::code::{Argument, Code};

/// A language whose grammar reads a file, and where its tree has what.
pub(super) struct Grammar {
    pub(super) language: fn() -> tree_sitter::Language,
    /// The nodes on the way from the file to the schema.
    pub(super) path: &'static [&'static str],
    read: fn(Node<'_>, &str) -> Code,
}

pub(super) const DART: Grammar = Grammar {
    language: || tree_sitter_dart::LANGUAGE.into(),
    path: &[
        "top_level_variable_declaration",
        "static_final_declaration_list",
        "static_final_declaration",
        "call_expression",
    ],
    read: dart,
};

pub(super) const KOTLIN: Grammar = Grammar {
    language: || tree_sitter_kotlin_ng::LANGUAGE.into(),
    path: &["property_declaration", "call_expression"],
    read: kotlin,
};

pub(super) const SWIFT: Grammar = Grammar {
    language: || tree_sitter_swift::LANGUAGE.into(),
    path: &["property_declaration", "call_expression"],
    read: swift,
};

pub(super) const C_SHARP: Grammar = Grammar {
    language: || tree_sitter_c_sharp::LANGUAGE.into(),
    path: &[
        "class_declaration",
        "declaration_list",
        "field_declaration",
        "variable_declaration",
        "variable_declarator",
        "implicit_object_creation_expression",
    ],
    read: c_sharp,
};

impl Grammar {
    /// The tree of a file.
    ///
    /// # Errors
    ///
    /// The grammar does not accept the file.
    pub(super) fn parse(&self, text: &str) -> Result<Tree, String> {
        let mut parser = Parser::new();
        parser
            .set_language(&(self.language)())
            .expect("the grammar fits the parser");
        let tree = parser.parse(text, None).expect("nothing cancels it");
        match tree.root_node().has_error() {
            true => Err(tree.root_node().to_sexp()),
            false => Ok(tree),
        }
    }

    /// The one schema that a file declares.
    ///
    /// # Errors
    ///
    /// The grammar does not accept the file.
    pub(super) fn schema(&self, text: &str) -> Result<Code, String> {
        let tree = self.parse(text)?;
        let root = tree.root_node();
        let mut found = vec![root];
        for kind in self.path {
            found = found
                .into_iter()
                .flat_map(|node| children(node))
                .filter(|node| node.kind() == *kind)
                .collect();
        }
        match found[..] {
            [schema] => Ok((self.read)(schema, text)),
            _ => Err(format!("{} schemas in one file", found.len())),
        }
    }
}

/// The children that say something.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    let named = node.named_children(&mut cursor);
    named.filter(|child| !child.is_extra()).collect()
}

/// The text of a node.
pub(super) fn words<'t>(node: Node<'_>, text: &'t str) -> &'t str {
    &text[node.byte_range()]
}

/// The text between two quotes.
fn quoted(node: Node<'_>, text: &str) -> Code {
    let text = words(node, text);
    let inner = &text[1..text.len() - 1];
    assert!(!inner.contains(['\\', '$', '"', '\'']), "{inner}");
    Code::Text(inner.to_owned())
}

fn other(node: Node<'_>, text: &str) -> ! {
    panic!("`{}` is not read yet: {}", node.kind(), words(node, text))
}

pub(super) fn dart(node: Node<'_>, text: &str) -> Code {
    let inner = children(node);
    match (node.kind(), &inner[..]) {
        ("call_expression", [name, arguments]) => Code::Call {
            name: words(*name, text).to_owned(),
            arguments: children(*arguments)
                .into_iter()
                .map(|node| match (node.kind(), &children(node)[..]) {
                    ("named_argument", [label, value]) => Argument {
                        name: Some(words(*label, text).trim_end_matches(':').to_owned()),
                        value: dart(*value, text),
                    },
                    _ => Argument {
                        name: None,
                        value: dart(node, text),
                    },
                })
                .collect(),
        },
        ("set_or_map_literal", entries) => Code::Entries(
            entries
                .iter()
                .map(|node| match &children(*node)[..] {
                    [key, value] => (dart(*key, text), dart(*value, text)),
                    _ => other(*node, text),
                })
                .collect(),
        ),
        ("decimal_integer_literal" | "decimal_floating_point_literal" | "member_expression", _) => {
            Code::Word(words(node, text).to_owned())
        }
        ("list_literal", items) => Code::List(items.iter().map(|item| dart(*item, text)).collect()),
        ("string_literal", _) => Code::Text(unescaped(words(node, text))),
        ("true" | "false", _) => Code::Word(words(node, text).to_owned()),
        _ => other(node, text),
    }
}

/// What a text of Dart in single quotes means.
fn unescaped(source: &str) -> String {
    let mut out = String::new();
    let mut letters = source[1..source.len() - 1].chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next().expect("something is escaped") {
                'n' => out.push('\n'),
                'u' => {
                    let digits = letters.by_ref().skip(1).take_while(|letter| *letter != '}');
                    let code = u32::from_str_radix(&digits.collect::<String>(), 16);
                    let code = code.expect("hexadecimal digits are in the braces");
                    out.push(char::from_u32(code).expect("it is a letter"));
                }
                escaped => out.push(escaped),
            },
            '$' => panic!("{source}: a value would be in the text"),
            letter => out.push(letter),
        }
    }
    out
}

fn kotlin(node: Node<'_>, text: &str) -> Code {
    let inner = children(node);
    match (node.kind(), &inner[..]) {
        // `tables.map { it() }`: what the functions of a list return.
        ("call_expression", [called, each]) if each.kind() == "annotated_lambda" => {
            assert_eq!(words(*each, text), "{ it() }");
            let [functions, map] = &children(*called)[..] else {
                other(*called, text)
            };
            assert_eq!(words(*map, text), "map");
            kotlin(*functions, text)
        }
        ("call_expression", [name, .., arguments]) => {
            let arguments = children(*arguments);
            if words(*name, text) == "listOf" {
                let items = arguments.iter().map(|node| match &children(*node)[..] {
                    [item] => kotlin(*item, text),
                    _ => other(*node, text),
                });
                return Code::List(items.collect());
            }
            Code::Call {
                name: words(*name, text).to_owned(),
                arguments: arguments
                    .into_iter()
                    .map(|node| match &children(node)[..] {
                        [name, value] => Argument {
                            name: Some(words(*name, text).to_owned()),
                            value: kotlin(*value, text),
                        },
                        [value] => Argument {
                            name: None,
                            value: kotlin(*value, text),
                        },
                        _ => other(node, text),
                    })
                    .collect(),
            }
        }
        ("lambda_literal", [result]) => kotlin(*result, text),
        ("string_literal", _) => quoted(node, text),
        ("identifier", _) => Code::Word(words(node, text).to_owned()),
        _ => other(node, text),
    }
}

fn swift(node: Node<'_>, text: &str) -> Code {
    let inner = children(node);
    match (node.kind(), &inner[..]) {
        ("call_expression", [name, suffix]) => Code::Call {
            name: words(*name, text).to_owned(),
            arguments: children(*suffix)
                .into_iter()
                .flat_map(children)
                .map(|node| match &children(node)[..] {
                    [label, value] => Argument {
                        name: Some(words(*label, text).to_owned()),
                        value: swift(*value, text),
                    },
                    [value] => Argument {
                        name: None,
                        value: swift(*value, text),
                    },
                    _ => other(node, text),
                })
                .collect(),
        },
        ("array_literal", items) => {
            Code::List(items.iter().map(|item| swift(*item, text)).collect())
        }
        ("line_string_literal", _) => quoted(node, text),
        ("boolean_literal", _) => Code::Word(words(node, text).to_owned()),
        _ => other(node, text),
    }
}

fn c_sharp(node: Node<'_>, text: &str) -> Code {
    let inner = children(node);
    match (node.kind(), &inner[..]) {
        ("implicit_object_creation_expression", [arguments]) => Code::Call {
            name: "Schema".to_owned(),
            arguments: children(*arguments)
                .into_iter()
                .map(|node| match &children(node)[..] {
                    [value] => Argument {
                        name: None,
                        value: c_sharp(*value, text),
                    },
                    _ => other(node, text),
                })
                .collect(),
        },
        ("object_creation_expression", [name, properties]) => Code::Call {
            name: words(*name, text).to_owned(),
            arguments: match properties.kind() {
                "initializer_expression" => children(*properties)
                    .into_iter()
                    .map(|node| match &children(node)[..] {
                        [name, value] => Argument {
                            name: Some(words(*name, text).to_owned()),
                            value: c_sharp(*value, text),
                        },
                        _ => other(node, text),
                    })
                    .collect(),
                _ => {
                    assert_eq!(words(*properties, text), "()");
                    Vec::new()
                }
            },
        },
        // `{ ["name"] = value, … }`
        ("initializer_expression", entries) => Code::Entries(
            entries
                .iter()
                .map(|node| match &children(*node)[..] {
                    [key, value] => (c_sharp(*key, text), c_sharp(*value, text)),
                    _ => other(*node, text),
                })
                .collect(),
        ),
        ("collection_expression", items) => {
            Code::List(items.iter().map(|item| c_sharp(*item, text)).collect())
        }
        (
            "element_binding_expression" | "argument" | "collection_element" | "expression_element",
            [value],
        ) => c_sharp(*value, text),
        ("string_literal", _) => quoted(node, text),
        ("boolean_literal" | "member_access_expression", _) => {
            Code::Word(words(node, text).to_owned())
        }
        _ => other(node, text),
    }
}
