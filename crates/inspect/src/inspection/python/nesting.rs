//! How deep a source is nested, counted on its tokens before it is parsed: the tree is dropped and walked by recursion,
//! and a stack is no place for an attacker to choose the depth.

mod shallow;
#[cfg(test)]
mod tests;

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

use crate::inspection::budget::{Budget, Trouble};

/// What one open bracket holds.
#[derive(Default)]
struct Level {
    /// Operators since the last comma: each may be a level of the tree.
    operators: usize,
    /// `lambda`s, which go on behind the commas of their parameters.
    lambdas: usize,
}

/// Refuses a source that is nested deeper than `limit`. Counts too much rather than too little.
pub(super) fn check(source: &str, limit: usize, budget: &mut Budget) -> Result<(), Trouble> {
    if shallow::is_shallow(source, limit) { Ok(()) } else { count(source, limit, budget) }
}

fn count(source: &str, limit: usize, budget: &mut Budget) -> Result<(), Trouble> {
    let mut lexer = lexer::lex(source, Mode::Module);
    let mut levels = vec![Level::default()];
    let (mut depth, mut indents, mut tokens) = (0_usize, 0_usize, 0_u64);
    loop {
        tokens += 1;
        if tokens.is_multiple_of(1024) {
            budget.spend(256)?;
        }
        let last = levels.len() - 1;
        match lexer.next_token() {
            TokenKind::EndOfFile => return Ok(()),
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                levels.push(Level::default());
                depth += 1;
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd
                if last > 0 =>
            {
                // The bracket itself stays: `f()()()` grows by one with each.
                let level = levels.pop().unwrap_or_default();
                depth -= level.operators + level.lambdas;
                levels[last - 1].operators += 1;
            }
            TokenKind::Comma => {
                depth -= levels[last].operators;
                levels[last].operators = 0;
            }
            // Inside of brackets, a lexer that recovers from an error gives these too.
            TokenKind::Newline | TokenKind::Semi => {
                levels.truncate(1);
                levels[0] = Level::default();
                depth = indents;
            }
            TokenKind::Indent => {
                indents += 1;
                depth += 1;
            }
            TokenKind::Dedent => {
                indents = indents.saturating_sub(1);
                depth = depth.saturating_sub(1);
            }
            TokenKind::Lambda => {
                levels[last].lambdas += 1;
                depth += 1;
            }
            kind if nests(kind) => {
                levels[last].operators += 1;
                depth += 1;
            }
            _ => {}
        }
        if depth > limit {
            return Err(Trouble::Limit { what: "the nesting of the source", limit: limit as u64 });
        }
    }
}

/// Tokens that stand between two levels of a tree, brackets apart. Comparisons and `and` and `or` are flat.
fn nests(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Plus
            | TokenKind::Minus
            | TokenKind::Star
            | TokenKind::Slash
            | TokenKind::Vbar
            | TokenKind::Amper
            | TokenKind::Dot
            | TokenKind::Percent
            | TokenKind::Tilde
            | TokenKind::CircumFlex
            | TokenKind::LeftShift
            | TokenKind::RightShift
            | TokenKind::DoubleStar
            | TokenKind::DoubleSlash
            | TokenKind::At
            | TokenKind::ColonEqual
            | TokenKind::And
            | TokenKind::Or
            | TokenKind::Await
            | TokenKind::Else
            | TokenKind::For
            | TokenKind::If
            | TokenKind::Not
            | TokenKind::Yield
    )
}
