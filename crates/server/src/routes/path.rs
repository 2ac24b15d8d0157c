use axum::extract::{FromRef as _, FromRequestParts};
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use packhouse_app::AppError;
use serde::de::DeserializeOwned;

use super::{Context, Here, instead};

/// The variable parts of a path. axum's own extractor, but for the answer when their escapes do not make UTF-8: its
/// plain text is neither what clients show nor what a browser is given elsewhere.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Context> for Path<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Response> {
        match axum::extract::Path::from_request_parts(parts, context).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            // Every part is taken as a text, so that this is all that can be wrong with one.
            Err(_) => {
                let error = AppError::BadRequest {
                    what: "The path is not UTF-8 once its escapes are read.".to_owned(),
                };
                let server = Option::<Here>::from_ref(context);
                Err(instead(server.as_deref(), &parts.headers, error).into_response())
            }
        }
    }
}
