//! Clients of a release that is in use: what a change means for them, as `check` says it and as it is.

mod cases;
mod uploads;
