//! Changes of a declaration, executed: `cases/evolve/<what changes>/{before,after}`, what is refused, and random changes.

mod cases;
mod killed;
mod kinds;
mod locks;
mod random;
mod run;
mod sent;
mod upgraded;
mod uploads;
mod waits;
mod ways_out;
mod whole;
