use packhouse_client::{AddressError, ClientError};
use packhouse_distribution::peer::FollowError;
use packhouse_model::PeerName;
use packhouse_trust::ledger::ExportError;

use super::super::LedgerError;

/// Why nothing was taken from a peer.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no such peer.
    #[error("nothing is imported from {0}; `packhouse import list` says from whom")]
    Unknown(PeerName),
    /// The subscription has ended.
    #[error("imports from {0} have ended; `packhouse import add` begins again")]
    Ended(PeerName),
    /// There is nothing to ask.
    #[error("{0} has no address: its ledger comes as a file, with `packhouse import fetch {0} --file FILE`")]
    NoAddress(PeerName),
    /// Its address is none.
    #[error("the address of {peer} cannot be used")]
    Address {
        /// Whose.
        peer: PeerName,
        /// Why.
        #[source]
        source: AddressError,
    },
    /// Its server did not answer, or with something else.
    #[error("{peer} could not be asked")]
    Client {
        /// Who.
        peer: PeerName,
        /// Why.
        #[source]
        source: ClientError,
    },
    /// It said nothing for too long.
    #[error("{peer} sent no whole answer within {seconds} seconds")]
    Slow {
        /// Who.
        peer: PeerName,
        /// The time.
        seconds: u64,
    },
    /// What came is no export of a ledger.
    #[error("the ledger of {peer} came damaged")]
    Export {
        /// Whose.
        peer: PeerName,
        /// Why.
        #[source]
        source: ExportError,
    },
    /// The ledger is not believed.
    #[error("nothing is taken from {peer}")]
    Follow {
        /// Whose.
        peer: PeerName,
        /// Why.
        #[source]
        source: FollowError,
    },
    /// The ledger has no end.
    #[error("the ledger of {peer} is longer than {most} bytes")]
    TooLarge {
        /// Whose.
        peer: PeerName,
        /// The limit.
        most: u64,
    },
    /// Parts of a file in another order.
    #[error(
        "expected part {expected} of the ledger of {peer}; found part {found} of {of}: begin again with part 1"
    )]
    Part {
        /// Whose.
        peer: PeerName,
        /// What comes next.
        expected: usize,
        /// What came.
        found: usize,
        /// How many there are.
        of: usize,
    },
    /// Our own ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}
