//! Generated declarations for Drizzle: they compile, its own kit makes the tables of the migrations of them, and PowerSync's
//! driver the tables of devices.

mod compiled;
mod push;
