//! Reading a marker: `or` of `and` of comparisons and parentheses.

use super::{Cursor, DEEPEST_MARKER, MOST_COMPARISONS, Marker, Operator, Tree, Value, Variable};

/// Reads a marker to the end of the text. The error says what was expected.
pub(crate) fn marker(cursor: &mut Cursor<'_>) -> Result<Marker, &'static str> {
    let mut reader = Reader { comparisons: 0 };
    let tree = reader.any(cursor, 0)?;
    cursor.skip_space();
    if cursor.is_done() { Ok(Marker(tree)) } else { Err("`and`, `or` or the end of the marker") }
}

struct Reader {
    comparisons: usize,
}

impl Reader {
    fn any(&mut self, cursor: &mut Cursor<'_>, depth: usize) -> Result<Tree, &'static str> {
        let mut trees = vec![self.all(cursor, depth)?];
        loop {
            cursor.skip_space();
            if !cursor.eat_word("or") {
                return Ok(joined(trees, Tree::Any));
            }
            trees.push(self.all(cursor, depth)?);
        }
    }

    fn all(&mut self, cursor: &mut Cursor<'_>, depth: usize) -> Result<Tree, &'static str> {
        let mut trees = vec![self.one(cursor, depth)?];
        loop {
            cursor.skip_space();
            if !cursor.eat_word("and") {
                return Ok(joined(trees, Tree::All));
            }
            trees.push(self.one(cursor, depth)?);
        }
    }

    fn one(&mut self, cursor: &mut Cursor<'_>, depth: usize) -> Result<Tree, &'static str> {
        cursor.skip_space();
        if cursor.eat("(") {
            // Each level is a call of ours: without a limit a text of parentheses would exhaust the stack.
            if depth == DEEPEST_MARKER {
                return Err("fewer parentheses within parentheses");
            }
            let tree = self.any(cursor, depth + 1)?;
            cursor.skip_space();
            return if cursor.eat(")") { Ok(tree) } else { Err("`)`") };
        }
        self.comparisons += 1;
        if self.comparisons > MOST_COMPARISONS {
            return Err("fewer comparisons");
        }
        let left = value(cursor)?;
        cursor.skip_space();
        let operator = operator(cursor)?;
        cursor.skip_space();
        let right = value(cursor)?;
        Ok(Tree::Compare { left, operator, right })
    }
}

fn joined(mut trees: Vec<Tree>, join: fn(Box<[Tree]>) -> Tree) -> Tree {
    match trees.pop() {
        Some(tree) if trees.is_empty() => tree,
        last => {
            trees.extend(last);
            join(trees.into())
        }
    }
}

fn value(cursor: &mut Cursor<'_>) -> Result<Value, &'static str> {
    for quote in ['"', '\''] {
        if cursor.peek() == Some(quote) {
            cursor.take_until(quote);
            let text = cursor.take_until(quote).ok_or("the quote at the end of a text")?;
            return Ok(Value::Text(text.into()));
        }
    }
    let name = cursor.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    Variable::parse(name).map(Value::Variable).ok_or("a variable such as python_version, or a quoted text")
}

fn operator(cursor: &mut Cursor<'_>) -> Result<Operator, &'static str> {
    if cursor.eat_word("in") {
        return Ok(Operator::In);
    }
    if cursor.eat_word("not") {
        cursor.skip_space();
        return if cursor.eat_word("in") { Ok(Operator::NotIn) } else { Err("`in` after `not`") };
    }
    Ok(match cursor.take_while(|c| matches!(c, '<' | '>' | '=' | '!' | '~')) {
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        ">=" => Operator::GreaterEqual,
        ">" => Operator::Greater,
        "~=" => Operator::Compatible,
        "===" => Operator::Arbitrary,
        _ => return Err("an operator such as == or in"),
    })
}
