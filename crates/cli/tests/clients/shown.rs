//! What each client shows of a refusal, on the terminal, with nothing asked for (notes/index-protocol.md, section 3.5).
//!
//! | | a file: 403 | a project: 451 |
//! |---|---|---|
//! | pip, old and new | the reason phrase | "No matching distribution found"; the reason phrase with `-vv` |
//! | uv | the problem document | the problem document |
//! | Poetry | the reason phrase | the reason phrase |
//! | PDM | "403 Forbidden"; the reason phrase with `--no-cache` | "Unable to find candidates"; the reason phrase with `--no-cache -v` |
//!
//! PDM asks through an HTTP cache that puts the status's standard phrase in the place of ours.

use packhouse_testkit::{Client, Ran};

/// A reason as it goes over the wire.
pub(crate) struct Reason<'a> {
    /// How the reason phrase begins, after "Blocked by policy: ".
    pub(crate) phrase: &'a str,
    /// How the problem document's detail begins.
    pub(crate) sentence: &'a str,
    /// Where both end: the address that explains.
    pub(crate) why: &'a str,
}

impl Reason<'_> {
    /// What the client shows of a file that is refused.
    #[track_caller]
    pub(crate) fn assert_file(&self, client: Client, ran: &Ran) {
        ran.assert_failure();
        match client {
            Client::Pip | Client::OldPip | Client::Poetry => {
                ran.assert_says(&format!("403 Client Error: Blocked by policy: {}", self.phrase));
                ran.assert_says(&format!("; see {} for url: ", self.why));
            }
            Client::Uv => self.assert_document(ran),
            Client::Pdm => {
                ran.assert_says("Client error '403 Forbidden' for url");
                assert_says_no_reason(ran);
            }
        }
    }

    /// What the client shows of a project that is refused as a whole.
    #[track_caller]
    pub(crate) fn assert_project(&self, client: Client, ran: &Ran) {
        ran.assert_failure();
        match client {
            Client::Pip | Client::OldPip => {
                ran.assert_says("ERROR: No matching distribution found for");
                assert_says_no_reason(ran);
            }
            Client::Uv => self.assert_document(ran),
            Client::Poetry => {
                ran.assert_says(&format!("451 Client Error: Blocked by policy: {}", self.phrase));
                ran.assert_says(&format!("; see {} for url: ", self.why));
            }
            Client::Pdm => {
                ran.assert_says("CandidateNotFound");
                assert_says_no_reason(ran);
            }
        }
    }

    /// The reason phrase, as clients show it that were asked to say more.
    #[track_caller]
    pub(crate) fn assert_phrase(&self, ran: &Ran) {
        ran.assert_failure();
        ran.assert_says(&format!("Blocked by policy: {}", self.phrase))
            .assert_says(&format!("; see {}", self.why));
    }

    #[track_caller]
    fn assert_document(&self, ran: &Ran) {
        ran.assert_says(&format!("Server message: Blocked by policy, {}", self.sentence));
        ran.assert_says(&format!("See {}", self.why));
    }
}

/// The client cannot show why. Once it can, this fails, and the test is to read the reason instead.
#[track_caller]
pub(crate) fn assert_says_no_reason(ran: &Ran) {
    assert!(!ran.unwrapped().contains("Blocked by policy"), "this client has learnt to show reasons\n{ran}");
}
