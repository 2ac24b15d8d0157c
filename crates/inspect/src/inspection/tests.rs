//! Failures that are put into each stage.
