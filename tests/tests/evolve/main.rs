//! Changes of a declaration, executed: `cases/evolve/<what changes>/{before,after}`, what is refused, and random changes.

mod cases;
mod locks;
mod mutate;
mod random;
mod run;
mod sent;
mod upgraded;
mod whole;
