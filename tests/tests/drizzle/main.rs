//! Generated declarations for Drizzle: its own kit makes the tables of the migrations out of them.

mod push;
