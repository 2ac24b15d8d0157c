//! Statements: what binds names, and what holds expressions.

use ruff_python_ast::{ExceptHandler, Expr, Pattern, Stmt};
use ruff_text_size::{Ranged as _, TextRange};

use super::model::Known;
use super::names::canonical;
use super::walk::{Walk, span};
use crate::inspection::budget::Trouble;
use crate::inspection::capabilities::{Caps, of_call};

impl Walk<'_> {
    pub(super) fn statement(&mut self, statement: &Stmt) -> Result<(), Trouble> {
        self.budget.spend(1)?;
        match statement {
            Stmt::FunctionDef(definition) => {
                self.name_at(definition.name.range);
                for decorator in &definition.decorator_list {
                    let known = self.expression(&decorator.expression)?;
                    self.decorated(&known, decorator.expression.range());
                }
                self.annotation(definition.returns.as_deref())?;
                let about = self.enter(definition.name.as_str());
                let known = self.function(definition.range, Some(&definition.parameters), |walk| {
                    walk.body(&definition.body)?;
                    Ok(Caps::NONE)
                })?;
                self.keys = about;
                self.bind(definition.name.as_str(), known);
            }
            Stmt::ClassDef(definition) => {
                self.name_at(definition.name.range);
                for decorator in &definition.decorator_list {
                    let known = self.expression(&decorator.expression)?;
                    self.decorated(&known, decorator.expression.range());
                }
                let mut base = None;
                if let Some(arguments) = &definition.arguments {
                    for argument in &arguments.args {
                        base = base.or(self.expression(argument)?.name);
                    }
                    for keyword in &arguments.keywords {
                        self.expression(&keyword.value)?;
                    }
                }
                let about = self.enter(definition.name.as_str());
                self.scoped(definition.range, true, |walk| walk.body(&definition.body))?;
                self.keys = about;
                // A class is known by what it is made of: `class Command(install)`.
                self.bind(definition.name.as_str(), Known { name: base, ..Known::default() });
            }
            Stmt::Return(statement) => {
                if let Some(value) = &statement.value {
                    let from = self.expression(value)?.from;
                    self.returns(from);
                }
            }
            Stmt::Delete(statement) => {
                for target in &statement.targets {
                    self.expression(target)?;
                }
            }
            Stmt::TypeAlias(statement) => {
                self.expression(&statement.value)?;
            }
            Stmt::Assign(statement) => {
                let known = self.expression(&statement.value)?;
                for target in &statement.targets {
                    self.assign(target, &known, &statement.value)?;
                }
            }
            Stmt::AugAssign(statement) => {
                let known = self.expression(&statement.value)?;
                let before = self.expression(&statement.target)?;
                let value = self.fold.add(&before.value, &known.value);
                self.budget.spend_bytes(value.text().map_or(0, str::len))?;
                let from = before.from | known.from;
                self.assign(&statement.target, &Known { value, name: None, from }, &statement.value)?;
            }
            Stmt::AnnAssign(statement) => {
                self.expression(&statement.annotation)?;
                if let Some(value) = &statement.value {
                    let known = self.expression(value)?;
                    self.assign(&statement.target, &known, value)?;
                }
            }
            // Comments for people bind nothing.
            Stmt::Expr(statement) if !self.record && statement.value.is_string_literal_expr() => {}
            Stmt::Expr(statement) => {
                let before = self.module.literals.len();
                self.expression(&statement.value)?;
                if matches!(&*statement.value, Expr::StringLiteral(_)) {
                    for literal in &mut self.module.literals[before..] {
                        literal.documentation = true;
                    }
                }
            }
            Stmt::Import(_) | Stmt::ImportFrom(_) => self.imports(statement),
            _ => self.compound(statement)?,
        }
        Ok(())
    }

    fn imports(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Import(statement) => {
                for alias in &statement.names {
                    let name = alias.name.as_str();
                    self.import(name, alias.range);
                    let (bound, stands_for) = match &alias.asname {
                        Some(other) => (other.as_str(), name),
                        None => {
                            let top = name.split('.').next().unwrap_or(name);
                            (top, top)
                        }
                    };
                    self.bind(bound, Known { name: Some(canonical(stands_for)), ..Known::default() });
                }
            }
            Stmt::ImportFrom(statement) => {
                let dots = ".".repeat(statement.level as usize);
                let module =
                    format!("{dots}{}", statement.module.as_ref().map_or("", |module| module.as_str()));
                self.import(&module, statement.range);
                for alias in &statement.names {
                    let name = alias.name.as_str();
                    if name == "*" {
                        self.star(canonical(&module));
                        continue;
                    }
                    let bound = alias.asname.as_ref().map_or(name, |other| other.as_str());
                    let name = Some(self.canonical(&[&module, ".", name]));
                    self.bind(bound, Known { name, ..Known::default() });
                }
            }
            _ => {}
        }
    }

    /// Statements that hold other statements, and those that bind nothing.
    fn compound(&mut self, statement: &Stmt) -> Result<(), Trouble> {
        match statement {
            Stmt::For(statement) => {
                let iterated = self.expression(&statement.iter)?;
                // The items of a list that was turned round are what they were.
                let item = Known { from: iterated.from.without(Caps::REVERSED), ..Known::default() };
                self.assign(&statement.target, &item, &statement.iter)?;
                self.body(&statement.body)?;
                self.body(&statement.orelse)?;
            }
            Stmt::While(statement) => {
                self.expression(&statement.test)?;
                self.body(&statement.body)?;
                self.body(&statement.orelse)?;
            }
            Stmt::If(statement) => {
                self.expression(&statement.test)?;
                self.body(&statement.body)?;
                for clause in &statement.elif_else_clauses {
                    self.annotation(clause.test.as_ref())?;
                    self.body(&clause.body)?;
                }
            }
            Stmt::With(statement) => {
                for item in &statement.items {
                    let known = self.expression(&item.context_expr)?;
                    if let Some(target) = &item.optional_vars {
                        self.assign(target, &known, &item.context_expr)?;
                    }
                }
                self.body(&statement.body)?;
            }
            Stmt::Match(statement) => {
                let subject = self.expression(&statement.subject)?;
                for case in &statement.cases {
                    self.pattern(&case.pattern, subject.from)?;
                    self.annotation(case.guard.as_deref())?;
                    self.body(&case.body)?;
                }
            }
            Stmt::Raise(statement) => {
                self.annotation(statement.exc.as_deref())?;
                self.annotation(statement.cause.as_deref())?;
            }
            Stmt::Try(statement) => {
                self.body(&statement.body)?;
                for handler in &statement.handlers {
                    let ExceptHandler::ExceptHandler(handler) = handler;
                    self.annotation(handler.type_.as_deref())?;
                    self.body(&handler.body)?;
                }
                self.body(&statement.orelse)?;
                self.body(&statement.finalbody)?;
            }
            Stmt::Assert(statement) => {
                self.expression(&statement.test)?;
                self.annotation(statement.msg.as_deref())?;
            }
            _ => {}
        }
        Ok(())
    }

    /// A decorator is called with what it decorates.
    fn decorated(&mut self, known: &Known, range: TextRange) {
        if let Some(name) = known.name.clone() {
            self.call_of(&name, of_call(&name), range, Vec::new(), Caps::NONE);
        }
    }

    /// Binds what stands left of `=`, behind `as`, or in a loop.
    fn assign(&mut self, target: &Expr, known: &Known, value: &Expr) -> Result<(), Trouble> {
        match target {
            Expr::Name(name) => {
                self.name_at(name.range);
                self.bind(name.id.as_str(), known.clone());
            }
            Expr::Tuple(_) | Expr::List(_) => {
                let targets = if let Expr::Tuple(tuple) = target {
                    &tuple.elts
                } else {
                    &target.as_list_expr().map(|l| l.elts.clone()).unwrap_or_default()
                };
                let values = match value {
                    Expr::Tuple(tuple) => &tuple.elts[..],
                    Expr::List(list) => &list.elts[..],
                    _ => &[],
                };
                for (index, target) in targets.iter().enumerate() {
                    // `a, b = exec, x` binds each to its own; the values were written down already.
                    let part = match values.get(index) {
                        Some(value) if values.len() == targets.len() => {
                            self.quiet += 1;
                            let part = self.expression(value);
                            self.quiet -= 1;
                            part?
                        }
                        _ => Known { from: known.from, ..Known::default() },
                    };
                    self.assign(target, &part, target)?;
                }
            }
            Expr::Starred(starred) => self.assign(&starred.value, known, value)?,
            Expr::Attribute(attribute) => {
                self.name_at(attribute.attr.range);
                self.expression(&attribute.value)?;
                // `self.run = exec`: by the attribute alone, as nobody knows what `self` is elsewhere.
                if let Expr::Name(object) = &*attribute.value {
                    self.bind_attribute(object.id.as_str(), attribute.attr.as_str(), known.clone());
                }
            }
            _ => {
                self.expression(target)?;
                // `found[name] = secret`: what is put into a container is in it.
                if let Expr::Subscript(subscript) = target
                    && let Expr::Name(container) = &*subscript.value
                    && known.from != Caps::NONE
                {
                    let before = self.expression(&subscript.value)?;
                    let from = before.from | known.from;
                    self.bind(container.id.as_str(), Known { from, ..before });
                }
            }
        }
        Ok(())
    }

    fn pattern(&mut self, pattern: &Pattern, from: Caps) -> Result<(), Trouble> {
        self.budget.spend(1)?;
        match pattern {
            Pattern::MatchValue(value) => {
                self.expression(&value.value)?;
            }
            Pattern::MatchSequence(sequence) => {
                sequence.patterns.iter().try_for_each(|pattern| self.pattern(pattern, from))?;
            }
            Pattern::MatchMapping(mapping) => {
                for key in &mapping.keys {
                    self.expression(key)?;
                }
                mapping.patterns.iter().try_for_each(|pattern| self.pattern(pattern, from))?;
            }
            Pattern::MatchClass(class) => {
                self.expression(&class.cls)?;
                class.arguments.patterns.iter().try_for_each(|pattern| self.pattern(pattern, from))?;
                for keyword in &class.arguments.keywords {
                    self.pattern(&keyword.pattern, from)?;
                }
            }
            Pattern::MatchAs(pattern) => {
                if let Some(inner) = &pattern.pattern {
                    self.pattern(inner, from)?;
                }
                if let Some(name) = &pattern.name {
                    self.bind(name.as_str(), Known { from, ..Known::default() });
                }
            }
            Pattern::MatchOr(pattern) => {
                pattern.patterns.iter().try_for_each(|pattern| self.pattern(pattern, from))?;
            }
            Pattern::MatchSingleton(_) | Pattern::MatchStar(_) => {}
        }
        Ok(())
    }

    /// Writes down a call, with what it does by its name.
    pub(super) fn call_of(
        &mut self,
        name: &std::rc::Rc<str>,
        does: Caps,
        range: TextRange,
        arguments: Vec<super::model::Argument>,
        object: Caps,
    ) {
        if !self.recording() {
            return;
        }
        // `exec(code, globals, locals)`: the names that code can use are not the code.
        let plain = name.strip_prefix("builtins.").unwrap_or(name);
        let code_first = ["exec", "eval", "compile"].contains(&plain);
        let is_data = |place: usize, argument: &super::model::Argument| {
            !code_first || place == 0 || argument.keyword.as_deref() == Some("source")
        };
        let data = arguments.iter().enumerate().filter(|(place, argument)| is_data(*place, argument));
        let from = data.fold(object, |from, (_, argument)| from | argument.known.from);
        let scope = self.current;
        let name = name.clone();
        self.module.calls.push(super::model::Call {
            name,
            range: span(range),
            scope,
            arguments,
            does,
            from,
            object,
        });
    }
}
