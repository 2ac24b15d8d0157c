//! Filters that the templates use by name.
#![expect(
    unreachable_pub,
    clippy::inline_always,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "the attribute `filter_fn` asks for a `Result` and writes such code"
)]

use super::text;
use askama::filters::Safe;
use askama::{Result, Values};

/// A number however often a template refers to it.
pub(crate) trait Number {
    fn value(&self) -> u64;
}

impl Number for u64 {
    fn value(&self) -> u64 {
        *self
    }
}

impl Number for u32 {
    fn value(&self) -> u64 {
        u64::from(*self)
    }
}

impl Number for usize {
    fn value(&self) -> u64 {
        *self as u64
    }
}

impl<T: Number> Number for &T {
    fn value(&self) -> u64 {
        (*self).value()
    }
}

/// At most so many characters; see [`text::cut`].
#[askama::filter_fn]
pub(crate) fn cut(text: impl AsRef<str>, _: &dyn Values, most: usize) -> Result<String> {
    Ok(text::cut(text.as_ref(), most))
}

/// See [`text::prose`].
#[askama::filter_fn]
pub(crate) fn prose(text: impl AsRef<str>, _: &dyn Values, most: usize) -> Result<Safe<String>> {
    Ok(Safe(text::prose(text.as_ref(), most)?))
}

/// See [`text::bytes`].
#[askama::filter_fn]
pub(crate) fn bytes(size: impl Number, _: &dyn Values) -> Result<String> {
    Ok(text::bytes(size.value()))
}

/// See [`text::count`].
#[askama::filter_fn]
pub(crate) fn count(number: impl Number, _: &dyn Values) -> Result<String> {
    Ok(text::count(number.value()))
}

/// See [`text::counted`].
#[askama::filter_fn]
pub(crate) fn counted(number: impl Number, _: &dyn Values, noun: &str) -> Result<String> {
    Ok(text::counted(number.value(), noun))
}

/// A drawing, which `packhouse_plan::chart` has escaped.
#[askama::filter_fn]
pub(crate) fn drawing(drawing: &crate::pages::plan::Drawing, _: &dyn Values) -> Result<Safe<String>> {
    Ok(Safe(drawing.svg().to_owned()))
}

/// A share from 0 to 1 as percent.
#[askama::filter_fn]
pub(crate) fn percent(share: impl Share, _: &dyn Values) -> Result<String> {
    Ok(packhouse_plan::chart::percent(share.value()))
}

/// A share however often a template refers to it.
pub(crate) trait Share {
    fn value(&self) -> f64;
}

impl Share for f64 {
    fn value(&self) -> f64 {
        *self
    }
}

impl<T: Share> Share for &T {
    fn value(&self) -> f64 {
        (*self).value()
    }
}
