//! What stands for the engine in a program without one.

use super::{YaraError, YaraSource};
use crate::inspection::budget::Trouble;
use crate::inspection::file::File;
use crate::inspection::sink::Sink;

/// There is none.
pub(crate) enum Engine {}

impl Engine {
    pub(super) fn compile(_: &[YaraSource]) -> Result<Self, YaraError> {
        Err(YaraError::NotBuilt)
    }

    pub(crate) fn look(&self, _: &File<'_>, _: &mut Sink<'_>) -> Result<(), Trouble> {
        match *self {}
    }
}
