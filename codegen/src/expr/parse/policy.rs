//! Asks the closed table of access rules about each operator of a rule.

use super::convert::{Converter, Term};
use crate::model::{CompareOp, Expr, Function, IsTest, Literal};
use std::ops::Range;

impl Converter<'_> {
    pub(super) fn ask_compare(
        &mut self,
        _op: CompareOp,
        _left: &Term,
        _right: &Term,
        _range: &Range<usize>,
    ) {
    }
    pub(super) fn ask_distinct(&mut self, _left: &Term, _right: &Term, _range: &Range<usize>) {}
    pub(super) fn ask_is(
        &mut self,
        _operand: &Term,
        _test: IsTest,
        _negated: bool,
        _range: &Range<usize>,
    ) {
    }
    pub(super) fn ask_not(&mut self, _inner: &Expr, _range: &Range<usize>) {}
    pub(super) fn ask_in_list(
        &mut self,
        _operand: &Term,
        _list: &[Literal],
        _negated: bool,
        _range: &Range<usize>,
    ) {
    }
    pub(super) fn ask_in_set(&mut self, _operand: &Term, _negated: bool, _range: &Range<usize>) {}
    pub(super) fn ask_contains(&mut self, _list: &Term, _element: &Term, _range: &Range<usize>) {}
    pub(super) fn ask_computed(&mut self, _what: &str, _operands: &[&Term], _range: &Range<usize>) {
    }
    pub(super) fn ask_concat(&mut self, _terms: &[Term], _range: &Range<usize>) {}
    pub(super) fn ask_json_text(
        &mut self,
        _operand: &Term,
        _path: &[String],
        _range: &Range<usize>,
    ) {
    }
    pub(super) fn ask_call(&mut self, _function: Function, _args: &[Term], _range: &Range<usize>) {}
    pub(super) fn ask_selected(&mut self, _column: &Term) {}
}
