//! Generated statements on real databases: what they decide, in every cell, whoever writes at the same time.

mod concurrent;
mod conflicts;
mod slice;
mod world;
