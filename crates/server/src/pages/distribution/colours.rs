//! The colours of source texts.

use packhouse_inspect::{Spans, Token, highlight};

use super::review_file::{Line, Piece, ReviewedFile, Side};

/// Pieces of a page that have a colour or a mark of their own: what a browser lays out without a pause. Lines beyond
/// have neither; ordinary code has some ten in a line.
const PIECES: usize = 40_000;

/// Colours the lines that are shown, each as in the whole of its file: a line in the midst of a text of several lines
/// does not look like code.
pub(super) fn colour(lines: &mut [Line], file: &ReviewedFile) {
    let mut left = PIECES;
    let path = |side: &Option<packhouse_inspect::Side>| side.as_ref().map(|side| side.path.clone());
    let (before, after) = (path(&file.change.old), path(&file.change.new));
    one_side(lines, before.as_deref(), file.before.as_deref(), old_of, &mut left);
    one_side(lines, after.as_deref(), file.content.as_deref(), new_of, &mut left);
}

fn old_of(line: &mut Line) -> Option<&mut Side> {
    match line {
        Line::Gone(side) | Line::Pair(Some(side), _) => Some(side),
        Line::Gap(_) | Line::Same(..) | Line::New(_) | Line::Pair(None, _) => None,
    }
}

fn new_of(line: &mut Line) -> Option<&mut Side> {
    match line {
        Line::Same(_, side) | Line::New(side) | Line::Pair(_, Some(side)) => Some(side),
        Line::Gap(_) | Line::Gone(_) | Line::Pair(_, None) => None,
    }
}

fn one_side(
    lines: &mut [Line],
    path: Option<&str>,
    content: Option<&[u8]>,
    of: fn(&mut Line) -> Option<&mut Side>,
    left: &mut usize,
) {
    let mut sides: Vec<&mut Side> = lines.iter_mut().filter_map(of).collect();
    let texts: Vec<(usize, String)> = sides
        .iter()
        .map(|side| (side.number, side.pieces.iter().map(|piece| piece.text.as_str()).collect()))
        .collect();
    let wanted: Vec<(usize, &str)> = texts.iter().map(|(number, text)| (*number, text.as_str())).collect();
    let spans = match (path, content) {
        (Some(path), Some(content)) => highlight(path, content, &wanted),
        _ => vec![Spans::new(); wanted.len()],
    };
    for ((side, (_, text)), spans) in sides.iter_mut().zip(&texts).zip(&spans) {
        let coloured = if *left > 0 { cut(text, &side.pieces, spans) } else { Vec::new() };
        let count = coloured.iter().filter(|piece| piece.marked || piece.class.is_some()).count();
        if *left == 0 || count > *left {
            *left = 0;
            side.pieces = vec![Piece { marked: false, class: None, text: text.clone() }];
        } else {
            *left -= count;
            side.pieces = coloured;
        }
    }
}

/// The pieces of a line, cut where a span begins or ends.
fn cut(text: &str, pieces: &[Piece], spans: &Spans) -> Vec<Piece> {
    let mut found = Vec::with_capacity(pieces.len() + spans.len());
    let mut spans = spans.iter().peekable();
    let (mut at, mut end) = (0, 0);
    for piece in pieces {
        end += piece.text.len();
        while at < end {
            while spans.next_if(|(range, _)| range.end <= at).is_some() {}
            let (to, class) = match spans.peek() {
                Some((range, token)) if range.start <= at => (range.end.min(end), Some(class(*token))),
                Some((range, _)) => (range.start.min(end), None),
                None => (end, None),
            };
            let Some(part) = text.get(at..to) else { return pieces.to_vec() };
            found.push(Piece { marked: piece.marked, class, text: part.to_owned() });
            at = to;
        }
    }
    found
}

fn class(token: Token) -> &'static str {
    match token {
        Token::Comment => "src-comment",
        Token::Text => "src-text",
        Token::Number | Token::Special => "src-number",
        Token::Keyword => "src-word",
        Token::Name => "src-name",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(marked: bool, class: Option<&'static str>, text: &str) -> Piece {
        Piece { marked, class, text: text.to_owned() }
    }

    #[test]
    fn marks_and_colours_cut_each_other() {
        let pieces = [piece(false, None, "de"), piece(true, None, "f run(por"), piece(false, None, "t)")];
        let spans = vec![(0..3, Token::Keyword), (4..7, Token::Name)];
        let expected = [
            piece(false, Some("src-word"), "de"),
            piece(true, Some("src-word"), "f"),
            piece(true, None, " "),
            piece(true, Some("src-name"), "run"),
            piece(true, None, "(por"),
            piece(false, None, "t)"),
        ];
        assert_eq!(cut("def run(port)", &pieces, &spans), expected);
        // Spans that do not fit the text change nothing.
        let wrong = vec![(0..1, Token::Text)];
        assert_eq!(cut("\u{fc}", &[piece(false, None, "\u{fc}")], &wrong), [piece(false, None, "\u{fc}")]);
    }
}
