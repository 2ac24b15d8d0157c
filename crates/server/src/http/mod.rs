//! What HTTP itself asks for, apart from any route: bodies, validators, ranges, problems.

mod body;
mod conditional;
mod problem;
mod range;

pub(crate) use body::EdgeBody;
pub(crate) use conditional::{matches_etag, range_still_holds};
pub(crate) use problem::{problem_of, simple_problem};
pub(crate) use range::{Asked, asked_range};

/// What routes answer with.
pub(crate) type Response = ::http::Response<EdgeBody>;
