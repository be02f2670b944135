//! What Postgres cannot take.

use crate::diagnostic::Complaints;
use crate::model::Model;

pub(super) fn admit(_model: &Model, _cx: &mut Complaints) {}
