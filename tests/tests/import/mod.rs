//! A declaration that was imported generates the database that it came from, and what it does not say is told.

mod adopt;
mod cases;
mod hostile;
mod live;
mod migrations;
mod round_trip;
mod unread;
