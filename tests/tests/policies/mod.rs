//! Row-level security as callers meet it: what each role may do with which rows, on a real Postgres.

mod callers;
mod deletion;
mod plans;
mod storage;
mod world;
mod writes;
