//! Row-level security, sync streams, the guard and the policy as it is meant answer alike, for everybody and every row.

mod apps;
mod asking;
mod forgotten;
mod mutants;
mod policies;
mod since;
