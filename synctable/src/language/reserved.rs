//! The words of each language that a generated name cannot be.

use super::Language;

/// Keywords that the language can escape, or that a trailing `_` escapes where it cannot.
pub(super) const fn escapable(language: Language) -> &'static [&'static str] {
    match language {
        Language::Rust => RUST,
        Language::TypeScript => TYPESCRIPT,
        Language::Dart => DART,
        Language::Kotlin => KOTLIN,
        Language::Swift => SWIFT,
    }
}

/// Words that no escape frees, and names that generated code itself relies on.
pub(super) const fn taken(language: Language) -> &'static [&'static str] {
    match language {
        Language::Rust => RUST_TAKEN,
        Language::TypeScript => TYPESCRIPT_TAKEN,
        Language::Dart => DART_TAKEN,
        Language::Kotlin => KOTLIN_TAKEN,
        Language::Swift => SWIFT_TAKEN,
    }
}

/// Strict and reserved keywords of edition 2024 that a raw identifier can be.
#[rustfmt::skip]
const RUST: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[rustfmt::skip]
const RUST_TAKEN: &[&str] = &[
    "crate", "self", "super", "Self", "Box", "Default", "Err", "None", "Ok", "Option", "Result", "Some", "String", "Vec",
];

#[rustfmt::skip]
const TYPESCRIPT: &[&str] = &[
    "any", "arguments", "async", "await", "bigint", "boolean", "break", "case", "catch", "class", "const", "continue",
    "debugger", "default", "delete", "do", "else", "enum", "eval", "export", "extends", "false", "finally", "for",
    "function", "if", "implements", "import", "in", "instanceof", "interface", "let", "never", "new", "null", "number",
    "object", "package", "private", "protected", "public", "return", "static", "string", "super", "switch", "symbol",
    "this", "throw", "true", "try", "type", "typeof", "undefined", "unknown", "var", "void", "while", "with", "yield",
];

#[rustfmt::skip]
const TYPESCRIPT_TAKEN: &[&str] = &[
    "__proto__", "constructor", "prototype", "Array", "BigInt", "Boolean", "Date", "Error", "Function", "Infinity",
    "Map", "NaN", "Number", "Object", "Partial", "Promise", "Record", "Set", "String", "Symbol", "Uint8Array",
];

/// Members that every object has already.
pub(super) const TYPESCRIPT_MEMBERS: &[&str] = &["__proto__", "constructor", "prototype"];

/// Reserved words and built-in identifiers; the latter cannot name types.
#[rustfmt::skip]
const DART: &[&str] = &[
    "abstract", "as", "assert", "await", "base", "break", "case", "catch", "class", "const", "continue", "covariant",
    "default", "deferred", "do", "dynamic", "else", "enum", "export", "extends", "extension", "external", "factory",
    "false", "final", "finally", "for", "get", "if", "implements", "import", "in", "interface", "is", "late", "library",
    "mixin", "new", "null", "operator", "part", "required", "rethrow", "return", "sealed", "set", "static", "super",
    "switch", "this", "throw", "true", "try", "typedef", "var", "void", "when", "while", "with", "yield",
];

/// Members of `Object`, and the types that fields are declared with.
#[rustfmt::skip]
const DART_TAKEN: &[&str] = &[
    "bool", "double", "hashCode", "int", "noSuchMethod", "num", "runtimeType", "toString", "DateTime", "Function",
    "List", "Map", "Object", "Set", "String", "Type", "Uint8List",
];

/// Hard keywords, without `class`.
#[rustfmt::skip]
const KOTLIN: &[&str] = &[
    "as", "break", "continue", "do", "else", "false", "for", "fun", "if", "in", "interface", "is", "null", "object",
    "package", "return", "super", "this", "throw", "true", "try", "typealias", "typeof", "val", "var", "when", "while",
];

/// A property `class` has a getter that the virtual machine has already.
#[rustfmt::skip]
const KOTLIN_TAKEN: &[&str] = &[
    "class", "Any", "Array", "Boolean", "ByteArray", "Double", "Float", "Int", "List", "Long", "Map", "Nothing",
    "Number", "Set", "Short", "String", "Unit",
];

#[rustfmt::skip]
const SWIFT: &[&str] = &[
    "as", "associatedtype", "await", "break", "case", "catch", "class", "continue", "default", "defer", "do", "else",
    "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "inout",
    "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public", "repeat",
    "rethrows", "return", "static", "struct", "switch", "throw", "throws", "true", "try", "typealias", "var", "where",
    "while",
];

/// Words that mean something after a dot even in backticks, and the types that fields have.
#[rustfmt::skip]
const SWIFT_TAKEN: &[&str] = &[
    "deinit", "init", "self", "subscript", "super", "Any", "Array", "Bool", "Data", "Date", "Dictionary", "Double",
    "Error", "Float", "Int", "Int16", "Int32", "Int64", "Never", "Optional", "Protocol", "Result", "Self", "Set",
    "String", "Type",
];
