//! Generated statements on real databases: what they decide, in every cell, whoever writes at the same time.

mod batches;
mod concurrent;
mod conflicts;
mod copied;
mod domains;
mod drivers;
mod excluded;
mod failures;
mod hidden;
mod lookups;
mod not_waiting;
mod planner;
mod poison;
mod previous;
mod slice;
mod texts;
mod told;
mod who_writes;
mod world;
