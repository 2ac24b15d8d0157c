//! Who asks: programs with a token. Signatures are another matter, and need none.

use axum::extract::State as Extracted;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode, Uri};
use packhouse_app::{Token, TokenScope};
use packhouse_model::Timestamp;
use serde::Serialize;

use super::{ApiAnswer, Failed, Params, created};
use crate::Server;
use crate::routes::{Here, here};

#[derive(Serialize)]
struct TokenDocument<'a> {
    name: &'a str,
    scopes: &'a [TokenScope],
    created: Timestamp,
    expires: Timestamp,
}

/// The token of the request; 401 when there is none that is good.
async fn token(server: &Server, headers: &HeaderMap) -> Result<Token, Failed> {
    let unauthorised =
        |detail: &str| Failed::Request(StatusCode::UNAUTHORIZED, "A token is needed", detail.to_owned());
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret = given.and_then(|value| {
        let (scheme, secret) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
    });
    let Some(secret) = secret else {
        return Err(unauthorised(
            "Send it as `Authorization: Bearer …`; `packhouse token create` on the server's machine makes one.",
        ));
    };
    let found = server.packhouse.token(secret).await?;
    found.ok_or_else(|| unauthorised("This token is not known here, was revoked, or has expired."))
}

/// Refuses a request without a token that has this scope. Where it comes from makes no difference: other users and
/// other programs of this machine come from the loopback address too.
pub(super) async fn need(server: &Server, headers: &HeaderMap, scope: TokenScope) -> Result<Token, Failed> {
    let token = token(server, headers).await?;
    if token.scopes.contains(&scope) {
        return Ok(token);
    }
    let has: Vec<&str> = token.scopes.iter().map(|scope| scope.word()).collect();
    let detail = format!("The token {} has the scope {}; this needs {scope}.", token.name, has.join(", "));
    Err(Failed::Request(StatusCode::FORBIDDEN, "The token does not suffice", detail))
}

/// `GET token`.
pub(super) async fn show(app: Extracted<Option<Here>>, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let token = token(&server, &headers).await?;
    let document = TokenDocument {
        name: &token.name,
        scopes: &token.scopes,
        created: token.created,
        expires: token.expires,
    };
    created(StatusCode::OK, &document)
}
