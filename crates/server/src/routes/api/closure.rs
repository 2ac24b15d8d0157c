use http::{StatusCode, Uri};
use packhouse_pypi::requirement::Requirement;

use super::answer::bad_request;
use super::{ApiAnswer, Params, created, current};
use crate::routes::{App, here};

/// `GET closure`: which projects come with those that are asked for. It asks the upstream.
pub(super) async fn closure(app: App, uri: Uri) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["requirement"])?;
    current(&server).await?;
    let requirements: Result<Vec<Requirement>, _> = params
        .all("requirement")
        .map(|text| Requirement::parse(text).map_err(|error| bad_request(format!("requirement: {error}."))))
        .collect();
    let requirements = requirements?;
    if requirements.is_empty() {
        return Err(bad_request(
            "requirement: expected at least one, such as requirement=flask; found none.",
        ));
    }
    created(StatusCode::OK, &server.packhouse.closure(&requirements).await?)
}
