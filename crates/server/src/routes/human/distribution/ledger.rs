use axum::response::Response;

use super::super::home::Values;
use super::super::{failed, page, site};
use super::{answered, current, entry_line, missing, page_number};
use crate::pages::Paging;
use crate::pages::distribution::{EntryPage, LEDGER_ROWS, LedgerPage, SignedBy};
use crate::routes::{App, Path, here};

pub(crate) async fn ledger(app: App, values: Values) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    current(&server, &site).await?;
    let wanted = page_number(&values);
    let found = server.packhouse.ledger_page(wanted, LEDGER_ROWS).await;
    let mut found = found.map_err(|error| answered(failed(&site)(error)))?;
    let paging = Paging::new(wanted, found.total, LEDGER_ROWS, "/ledger", &[]);
    if paging.page() != wanted {
        let last = server.packhouse.ledger_page(paging.page(), LEDGER_ROWS).await;
        found = last.map_err(|error| answered(failed(&site)(error)))?;
    }
    let lines = found.lines.into_iter().map(entry_line).collect();
    Ok(page(LedgerPage { site, lines, total: found.total, paging }.render()))
}

pub(crate) async fn entry(app: App, Path(number): Path<String>) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    current(&server, &site).await?;
    let none = || missing(&site, format!("there is no entry {}", crate::routes::cut(&number)));
    let wanted: u64 = number.parse().map_err(|_| none())?;
    let found = server.packhouse.ledger_entry(wanted).await;
    let found = found.map_err(|error| answered(failed(&site)(error)))?;
    let Some(found) = found else { return Err(none()) };
    let signatures = found.signatures.into_iter().map(|one| SignedBy {
        key: one.key,
        owner: one.owner.map(|owner| owner.to_string()),
        good: one.good,
    });
    let view = EntryPage {
        line: entry_line(found.line),
        previous: found.previous.hex(),
        kind: found.kind,
        statement: found.statement,
        signatures: signatures.collect(),
        newest: found.newest,
        site,
    };
    Ok(page(view.render()))
}
