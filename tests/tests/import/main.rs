//! A declaration that was imported generates the database that it came from, and what it does not say is told.

mod adopt;
mod cases;
mod live;
mod round_trip;
