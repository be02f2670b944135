//! The workspace's own declaration and the constants generated from it.
