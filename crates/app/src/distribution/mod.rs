//! The distribution: its ledger, and what people and the server say in it.

mod about;
mod bootstrap;
mod bytes;
mod closure;
mod difference;
mod entries;
mod fsck;
mod history;
mod imports;
mod intake;
mod key;
mod lane;
mod ledger;
mod migrate;
mod publish;
mod shown;
mod tokens;
mod view;
mod work;

pub use closure::Needed;
pub use difference::ReviewView;
pub use fsck::Fsck;
pub use history::{History, LOOKED_AT, LedgerLine, LedgerPage, LedgerSignature, LedgerWhole, Topic};
pub use imports::{ImportChecked, ImportError, ImportReport};
pub use key::ServerKeyError;
pub use lane::{Broken, HeldFix};
pub use ledger::{LedgerError, Submitted};
pub use migrate::plan_migration;
pub use tokens::{TOKEN_PREFIX, Token, TokenScope};

pub(crate) use difference::{ViewKey, cache as review_cache};
pub(crate) use imports::Peers;
pub(crate) use key::FILE as KEY_FILE;
pub(crate) use ledger::Ledger;
