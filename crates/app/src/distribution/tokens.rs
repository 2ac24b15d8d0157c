//! Tokens for what programs may ask the server to do: made on its machine, shown once, kept as their SHA-256.
//!
//! A token says nothing in the ledger; only signatures do.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use packhouse_model::{Sha256, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::packhouse::Packhouse;

/// What every token begins with, so that one that lies about can be recognised.
pub const TOKEN_PREFIX: &str = "packhouse_";
/// Where they are kept: one list, as there are few and they change by hand.
const SETTING: &str = "api.tokens";
/// Tokens that one server has.
const MOST: usize = 1_000;
/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenScope {
    /// To be recognised, and nothing else.
    Read,
    /// To have the upstream looked at now.
    Watch,
    /// To have a migration run now.
    Migrate,
    /// To have the ledger of a peer read now, or to hand it in.
    Import,
}

impl TokenScope {
    /// The word on the command line and in answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Watch => "watch",
            Self::Migrate => "migrate",
            Self::Import => "import",
        }
    }
}

impl fmt::Display for TokenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for TokenScope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Read, Self::Watch, Self::Migrate, Self::Import]
            .into_iter()
            .find(|scope| scope.word() == text)
            .ok_or_else(|| "expected read, watch, migrate or import".to_owned())
    }
}

/// A token as it is kept: whoever reads the database learns no token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Whose it is or what for, unique.
    pub name: String,
    /// SHA-256 of the token.
    pub sha256: Sha256,
    /// What it is good for.
    pub scopes: Vec<TokenScope>,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is good for nothing.
    pub expires: Timestamp,
}

impl Packhouse {
    /// Makes a token and gives it: the only time that it can be read.
    pub async fn create_token(
        &self,
        name: &str,
        scopes: &[TokenScope],
        lasts: Duration,
    ) -> Result<(String, Token), AppError> {
        let plain = !name.is_empty() && !name.chars().any(char::is_control);
        if !plain || name.chars().count() > LONGEST_NAME {
            let what = format!(
                "a token's name has 1 to {LONGEST_NAME} characters, none of them a control character"
            );
            return Err(AppError::BadRequest { what });
        }
        // In one transaction: of two that are made at the same moment none is lost.
        let mut tx = self.store.begin().await?;
        let mut tokens = read(&tx.locked_setting(SETTING, NONE).await?)?;
        tokens.retain(|token| token.expires > self.now());
        if tokens.iter().any(|token| token.name == name) {
            return Err(AppError::BadRequest {
                what: format!("there is a token {name} already; revoke it first"),
            });
        }
        if tokens.len() >= MOST {
            return Err(AppError::BadRequest { what: format!("there are {MOST} tokens already") });
        }
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|_| AppError::lost("random numbers for a token were asked of the system"))?;
        let secret = format!("{TOKEN_PREFIX}{}", hex::encode(bytes));
        let now = self.now();
        let token = Token {
            name: name.to_owned(),
            sha256: Sha256::of(secret.as_bytes()),
            scopes: scopes.to_vec(),
            created: now,
            expires: now.plus(lasts),
        };
        tokens.push(token.clone());
        tx.set_setting(SETTING, &written(&tokens)?).await?;
        tx.commit().await?;
        Ok((secret, token))
    }

    /// All tokens, oldest first, those that have expired among them.
    pub async fn tokens(&self) -> Result<Vec<Token>, AppError> {
        let kept = self.store.setting(SETTING).await?;
        kept.map_or_else(|| Ok(Vec::new()), |text| read(&text))
    }

    /// Makes a token good for nothing.
    pub async fn revoke_token(&self, name: &str) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        let mut tokens = read(&tx.locked_setting(SETTING, NONE).await?)?;
        let before = tokens.len();
        tokens.retain(|token| token.name != name);
        if tokens.len() == before {
            return Err(AppError::not_found(format!("there is no token {name}")));
        }
        tx.set_setting(SETTING, &written(&tokens)?).await?;
        Ok(tx.commit().await?)
    }

    /// The token that this text is, if it is one that has not expired.
    pub async fn token(&self, secret: &str) -> Result<Option<Token>, AppError> {
        if !secret.starts_with(TOKEN_PREFIX) {
            return Ok(None);
        }
        // Compared by hash: how long that takes tells nothing of the token itself.
        let sha256 = Sha256::of(secret.as_bytes());
        let now = self.now();
        Ok(self.tokens().await?.into_iter().find(|token| token.sha256 == sha256 && token.expires > now))
    }
}

/// No tokens, as they are kept.
const NONE: &str = "[]";

fn read(text: &str) -> Result<Vec<Token>, AppError> {
    serde_json::from_str(text).map_err(|error| AppError::internal("the tokens were read", error))
}

fn written(tokens: &[Token]) -> Result<String, AppError> {
    serde_json::to_string(tokens).map_err(|error| AppError::internal("the tokens were written", error))
}
