//! Maps and sets that keep the order in which things were inserted, with a hash that is quick for names.
//!
//! ```
//! use synctable_codegen::map::IndexMap;
//!
//! let numbers = IndexMap::from_iter([("b", 1), ("a", 2)]);
//! assert_eq!(numbers.keys().copied().collect::<Vec<_>>(), ["b", "a"]);
//! ```

use foldhash::fast::RandomState;

/// A map in the order of insertion.
pub type IndexMap<K, V> = indexmap::IndexMap<K, V, RandomState>;

/// A set in the order of insertion.
pub type IndexSet<T> = indexmap::IndexSet<T, RandomState>;
