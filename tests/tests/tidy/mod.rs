//! What the documents say must never be, kept by reading the workspace itself.

mod alerts;
mod arrows;
mod files;
mod links;
mod modules;
mod packages;
mod paragraphs;
mod wording;
