//! Expressions: each is evaluated as far as it stands in the source.

use ruff_python_ast::{
    Comprehension, Expr, ExprAttribute, ExprBinOp, InterpolatedStringElement, Number, Operator, UnaryOp,
};
use ruff_text_size::{Ranged as _, TextRange};

use super::fold::{self, number};
use super::model::{Known, Value};
use super::names;
use super::walk::Walk;
use crate::inspection::budget::Trouble;
use crate::inspection::capabilities::Caps;

/// Items of a list for which a comprehension is evaluated one by one.
const ITEMS: usize = 65_536;

impl Walk<'_> {
    pub(super) fn expression(&mut self, expression: &Expr) -> Result<Known, Trouble> {
        self.budget.spend(1)?;
        match expression {
            Expr::Name(name) => {
                self.name_at(name.range);
                let known = self.lookup(name.id.as_str()).cloned();
                let known = known.unwrap_or_else(|| Known {
                    name: Some(self.free_name(name.id.as_str())),
                    ..Known::default()
                });
                let known = self.named_key(name.id.as_str(), known);
                Ok(self.environment(known, name.range))
            }
            Expr::Attribute(attribute) => {
                let object = self.expression(&attribute.value)?;
                Ok(self.attribute(attribute, &object))
            }
            Expr::Call(call) => self.call(call),
            Expr::StringLiteral(text) => {
                let value = self.fold.text(text.value.to_str());
                let from = self.literal(&value, text.range, None)?;
                Ok(Known { value, name: None, from })
            }
            Expr::BytesLiteral(bytes) => {
                let value = self.fold.bytes(bytes.value.bytes().collect());
                let from = self.literal(&value, bytes.range, None)?;
                Ok(Known { value, name: None, from })
            }
            Expr::NumberLiteral(literal) => Ok(match &literal.value {
                Number::Int(int) => Known { value: number(int.as_i64()), ..Known::default() },
                _ => Known::default(),
            }),
            Expr::BinOp(operation) => self.binary(operation),
            Expr::FString(_) | Expr::TString(_) => self.interpolated(expression),
            Expr::List(list) => self.sequence(&list.elts),
            Expr::Tuple(tuple) => self.sequence(&tuple.elts),
            Expr::Subscript(subscript) => self.subscript(&subscript.value, &subscript.slice),
            _ => self.other(expression),
        }
    }

    pub(super) fn attribute(&mut self, attribute: &ExprAttribute, object: &Known) -> Known {
        self.name_at(attribute.attr.range);
        // Another attribute of something that holds the environment is not the environment.
        let attr = attribute.attr.as_str();
        let of_key = self.attribute_of_key(&attribute.value, object, attr);
        let from = object.from.without(Caps::WHOLE_ENVIRONMENT | Caps::KEY) | of_key;
        if let Expr::Name(name) = &*attribute.value
            && let Some(known) = self.lookup_attribute(name.id.as_str(), attr)
        {
            let mut known = known.clone();
            known.from |= from;
            return self.named_key(attr, known);
        }
        let name = object.name.as_deref().map(|name| self.canonical(&[name, ".", attr]));
        let known = self.named_key(attr, Known { name, from, ..Known::default() });
        self.environment(known, attribute.range)
    }

    /// `os.environ` itself is the whole environment.
    fn environment(&mut self, mut known: Known, range: TextRange) -> Known {
        if matches!(known.name.as_deref(), Some("os.environ" | "os.environb")) {
            known.from |= Caps::WHOLE_ENVIRONMENT;
            self.mention(Caps::ENVIRONMENT, range);
        }
        known
    }

    fn other(&mut self, expression: &Expr) -> Result<Known, Trouble> {
        let mut from = Caps::NONE;
        match expression {
            Expr::BoolOp(operation) => {
                let mut named = Known::default();
                for value in &operation.values {
                    let known = self.expression(value)?;
                    from |= known.from;
                    // `run = exec or None`.
                    if named.name.is_none() && matches!(named.value, Value::Unknown) {
                        named = known;
                    }
                }
                return Ok(Known { from, ..named });
            }
            Expr::Named(named) => {
                let known = self.expression(&named.value)?;
                if let Expr::Name(name) = &*named.target {
                    self.bind(name.id.as_str(), known.clone());
                }
                return Ok(known);
            }
            Expr::UnaryOp(operation) => {
                let known = self.expression(&operation.operand)?;
                let value = match (operation.op, known.value) {
                    (UnaryOp::USub, Value::Number(n)) => number(n.checked_neg()),
                    (UnaryOp::UAdd, Value::Number(n)) => Value::Number(n),
                    (UnaryOp::Invert, Value::Number(n)) => Value::Number(!n),
                    _ => Value::Unknown,
                };
                return Ok(Known { value, name: None, from: known.from });
            }
            Expr::Lambda(lambda) => {
                return self.function(lambda.range, lambda.parameters.as_deref(), |walk| {
                    Ok(walk.expression(&lambda.body)?.from)
                });
            }
            Expr::If(condition) => {
                self.expression(&condition.test)?;
                let one = self.expression(&condition.body)?;
                let other = self.expression(&condition.orelse)?;
                return Ok(Known {
                    value: one.value,
                    name: one.name.or(other.name),
                    from: one.from | other.from,
                });
            }
            Expr::Dict(dict) => {
                for item in &dict.items {
                    if let Some(key) = &item.key {
                        self.expression(key)?;
                    }
                    from |= self.expression(&item.value)?.from;
                }
            }
            Expr::Set(set) => return self.sequence(&set.elts),
            Expr::ListComp(list) => return self.comprehension(&list.elt, &list.generators),
            Expr::SetComp(set) => return self.comprehension(&set.elt, &set.generators),
            Expr::Generator(generator) => return self.comprehension(&generator.elt, &generator.generators),
            Expr::DictComp(dict) => {
                self.generators(&dict.generators)?;
                if let Some(key) = &dict.key {
                    from |= self.expression(key)?.from;
                }
                from |= self.expression(&dict.value)?.from;
            }
            Expr::Await(inner) => return self.expression(&inner.value),
            Expr::Starred(inner) => return self.expression(&inner.value),
            Expr::Yield(inner) => {
                if let Some(value) = &inner.value {
                    let from = self.expression(value)?.from;
                    self.returns(from);
                }
            }
            Expr::YieldFrom(inner) => {
                let from = self.expression(&inner.value)?.from;
                self.returns(from);
            }
            // The result of a comparison says little of what was compared.
            Expr::Compare(comparison) => {
                self.expression(&comparison.left)?;
                for value in &comparison.comparators {
                    self.expression(value)?;
                }
            }
            Expr::Slice(slice) => {
                for part in [&slice.lower, &slice.upper, &slice.step].into_iter().flatten() {
                    self.expression(part)?;
                }
            }
            _ => {}
        }
        Ok(Known { from, ..Known::default() })
    }

    fn sequence(&mut self, items: &[Expr]) -> Result<Known, Trouble> {
        let mut values = Vec::with_capacity(items.len());
        let mut from = Caps::NONE;
        for item in items {
            let known = self.expression(item)?;
            from |= known.from;
            match (item, known.value) {
                (Expr::Starred(_), value) => values.extend(fold::items(&value, ITEMS)),
                (_, value) => values.push(value),
            }
        }
        Ok(Known { value: Value::List(values.into()), name: None, from })
    }

    /// A chain of operators of the same side is long in obfuscated code, so it is gone through without recursion.
    fn binary(&mut self, operation: &ExprBinOp) -> Result<Known, Trouble> {
        let mut chain = vec![operation];
        while let Expr::BinOp(left) = &*chain[chain.len() - 1].left {
            self.budget.spend(1)?;
            chain.push(left);
        }
        let mut known = self.expression(&chain[chain.len() - 1].left)?;
        for operation in chain.into_iter().rev() {
            let right = self.expression(&operation.right)?;
            let from = known.from | right.from;
            let path = known.name.as_deref().is_some_and(|name| name.starts_with("pathlib.Path"));
            let value = match (operation.op, &known.value, &right.value) {
                (Operator::Add, left, right) => self.fold.add(left, right),
                (Operator::Mult, left, right) => self.fold.multiply(left, right),
                (Operator::Div, left, right) if path || matches!(left, Value::Text(_)) => {
                    self.fold.path([left, right].into_iter())
                }
                (op, Value::Number(a), Value::Number(b)) => arithmetic(op, *a, *b),
                _ => Value::Unknown,
            };
            self.budget.spend_bytes(value.text().map_or(0, str::len))?;
            let name = if operation.op == Operator::Div && path { known.name } else { None };
            known = Known { value, name, from };
        }
        if known.value != Value::Unknown {
            known.from |= self.literal(&known.value.clone(), operation.range, Some("pieces"))?;
        }
        Ok(known)
    }

    fn interpolated(&mut self, expression: &Expr) -> Result<Known, Trouble> {
        let mut text = Some(String::new());
        let mut from = Caps::NONE;
        let elements: Vec<&InterpolatedStringElement> = match expression {
            Expr::FString(string) => {
                for literal in string.value.literals() {
                    let value = Value::Text((&*literal.value).into());
                    from |= self.literal(&value, literal.range, None)?;
                    text = None;
                }
                string.value.elements().collect()
            }
            Expr::TString(string) => string.value.elements().collect(),
            _ => Vec::new(),
        };
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => {
                    let value = Value::Text((&*literal.value).into());
                    from |= self.literal(&value, literal.range, None)?;
                    if let Some(text) = &mut text {
                        text.push_str(&literal.value);
                    }
                }
                InterpolatedStringElement::Interpolation(interpolation) => {
                    let known = self.expression(&interpolation.expression)?;
                    from |= known.from;
                    match (&mut text, known.value.text()) {
                        (Some(text), Some(part)) if text.len() + part.len() <= self.fold.limit => {
                            text.push_str(part);
                        }
                        _ => text = None,
                    }
                    for part in interpolation.format_spec.iter().flat_map(|spec| spec.elements.iter()) {
                        if let InterpolatedStringElement::Interpolation(inner) = part {
                            from |= self.expression(&inner.expression)?.from;
                        }
                    }
                }
            }
        }
        let value = text.map_or(Value::Unknown, |text| self.fold.text(text));
        if value != Value::Unknown {
            from |= self.literal(&value, expression.range(), Some("pieces"))?;
        }
        Ok(Known { value, name: None, from })
    }

    fn subscript(&mut self, container: &Expr, index: &Expr) -> Result<Known, Trouble> {
        let object = self.expression(container)?;
        let key = self.expression(index)?;
        let mut from = object.from | self.item_key(&key.value);
        if from.has(Caps::WHOLE_ENVIRONMENT) && !matches!(index, Expr::Slice(_)) {
            // One variable is not the environment.
            from = from.without(Caps::WHOLE_ENVIRONMENT) | Caps::ENVIRONMENT;
        }
        let name =
            object.name.as_deref().zip(key.value.text()).and_then(|(name, key)| names::item(name, key));
        let value = match (&object.value, &key.value, index) {
            (value, _, Expr::Slice(slice)) => {
                let step = slice.step.as_deref().map(|step| match step {
                    Expr::UnaryOp(operation) => {
                        operation.op == UnaryOp::USub
                            && matches!(&*operation.operand, Expr::NumberLiteral(one)
                                if matches!(&one.value, Number::Int(one) if one.as_i64() == Some(1)))
                    }
                    _ => false,
                });
                if step == Some(true) && slice.lower.is_none() && slice.upper.is_none() {
                    // Lists are turned round for many reasons, texts seldom.
                    from |= if matches!(value, Value::Text(_)) { Caps::DECODED } else { Caps::REVERSED };
                    self.fold.reversed(value)
                } else {
                    Value::Unknown
                }
            }
            (Value::List(list), Value::Number(n), _) => {
                let place = if *n < 0 { n.checked_add(list.len() as i64) } else { Some(*n) };
                let found = place.and_then(|place| list.get(usize::try_from(place).ok()?));
                found.cloned().unwrap_or_default()
            }
            (Value::Text(text), Value::Number(n), _) if *n >= 0 => {
                let found = text.chars().nth(*n as usize);
                found.map_or(Value::Unknown, |c| Value::Text(c.to_string().into()))
            }
            _ => Value::Unknown,
        };
        if matches!(index, Expr::Slice(_)) && value != Value::Unknown {
            from |= self.literal(&value.clone(), container.range(), Some("reversed text"))?;
        }
        Ok(Known { value, name, from })
    }

    fn generators(&mut self, generators: &[Comprehension]) -> Result<Value, Trouble> {
        let mut first = Value::Unknown;
        for (index, generator) in generators.iter().enumerate() {
            let iterated = self.expression(&generator.iter)?;
            let item = Known { from: iterated.from, ..Known::default() };
            if index == 0 {
                first = iterated.value;
            }
            self.bind_targets(&generator.target, &item);
            for condition in &generator.ifs {
                self.expression(condition)?;
            }
        }
        Ok(first)
    }

    fn bind_targets(&mut self, target: &Expr, known: &Known) {
        match target {
            Expr::Name(name) => self.bind(name.id.as_str(), known.clone()),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|target| self.bind_targets(target, known)),
            Expr::List(list) => list.elts.iter().for_each(|target| self.bind_targets(target, known)),
            Expr::Starred(starred) => self.bind_targets(&starred.value, known),
            _ => {}
        }
    }

    fn comprehension(&mut self, element: &Expr, generators: &[Comprehension]) -> Result<Known, Trouble> {
        let over = self.generators(generators)?;
        let known = self.expression(element)?;
        // `bytes(b ^ 7 for b in data)`, `"".join(chr(n - 3) for n in numbers)`.
        let mixes = computes(element);
        let mut from = known.from;
        if mixes {
            from |= Caps::DECODED;
        }
        let [generator] = generators else { return Ok(Known { from, ..Known::default() }) };
        let (Expr::Name(name), true) = (&generator.target, generator.ifs.is_empty()) else {
            return Ok(Known { from, ..Known::default() });
        };
        let mut values = Vec::new();
        self.quiet += 1;
        let result = (|| {
            for item in fold::items(&over, ITEMS) {
                self.bind(name.id.as_str(), Known { value: item, ..Known::default() });
                values.push(self.expression(element)?.value);
                // Nothing comes of it: stop at the first.
                if values[0] == Value::Unknown {
                    break;
                }
            }
            Ok(())
        })();
        self.quiet -= 1;
        result?;
        let value = if values.is_empty() || values.contains(&Value::Unknown) {
            Value::Unknown
        } else {
            Value::List(values.into())
        };
        Ok(Known { value, name: None, from })
    }
}

/// Whether each item is computed out of a number, as ciphers do: with `^`, or with `chr` of a sum.
fn computes(element: &Expr) -> bool {
    match element {
        Expr::BinOp(operation) => operation.op == Operator::BitXor,
        Expr::Call(call) => {
            let chr = matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "chr");
            chr && call.arguments.args.first().is_some_and(|argument| matches!(argument, Expr::BinOp(_)))
        }
        _ => false,
    }
}

fn arithmetic(operator: Operator, a: i64, b: i64) -> Value {
    number(match operator {
        Operator::Sub => a.checked_sub(b),
        Operator::BitXor => Some(a ^ b),
        Operator::BitAnd => Some(a & b),
        Operator::BitOr => Some(a | b),
        Operator::FloorDiv => a.checked_div_euclid(b),
        Operator::Mod => a.checked_rem_euclid(b),
        Operator::RShift => u32::try_from(b).ok().and_then(|b| a.checked_shr(b)),
        Operator::LShift => u32::try_from(b).ok().filter(|b| *b < 32).and_then(|b| a.checked_shl(b)),
        _ => None,
    })
}
