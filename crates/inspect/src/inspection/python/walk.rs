//! Goes through a tree twice: the first time to learn what names stand for, the second time to write down what is called
//! with what. Loops and conditions are passed once; what a name may stand for on any of the ways counts.

use std::ops::Range;
use std::rc::Rc;

use foldhash::{HashMap, HashMapExt as _};
use ruff_python_ast::{Expr, Parameters, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::fold::Fold;
use super::model::{Known, Literal, Module, Scope, Value};
use super::{hosts, key_names};
use crate::inspection::budget::{Budget, Trouble};
use crate::inspection::capabilities::{self, Caps};
use crate::inspection::rules::Limits;
use crate::inspection::words;

/// Literals of a file that are kept one by one.
const LITERALS: usize = 2_000_000;
/// Bytes of a name that is kept because it will come again, and how many are.
const KEPT_NAME: usize = 64;
const KEPT_NAMES: usize = 50_000;

pub(super) fn walk(
    source: &str,
    body: &[Stmt],
    limits: &Limits,
    budget: &mut Budget,
) -> Result<Module, Trouble> {
    let mut walk = Walk {
        source,
        ascii: source.is_ascii(),
        wordless: words::find(source.as_bytes()).is_empty(),
        keys: key_names::may_name(source).then_some(0),
        budget,
        fold: Fold { limit: limits.literal },
        scopes: vec![Body { parent: None, bindings: HashMap::new(), class: false }],
        scope_at: HashMap::new(),
        current: 0,
        functions: Vec::new(),
        function_at: HashMap::new(),
        stars: Vec::new(),
        free_names: HashMap::new(),
        attributes: HashMap::new(),
        names: HashMap::new(),
        buffer: String::new(),
        called_at: Vec::new(),
        record: false,
        quiet: 0,
        returns: Vec::new(),
        module: Module::default(),
    };
    walk.body(body)?;
    walk.record = true;
    walk.current = 0;
    walk.body(body)?;
    let at_import = walk.at_import();
    let mut module = Module { wordless: walk.wordless, ..walk.module };
    module.scopes = at_import.into_iter().map(|at_import| Scope { at_import }).collect();
    Ok(module)
}

pub(super) struct Walk<'a> {
    pub(super) source: &'a str,
    pub(super) ascii: bool,
    /// Whether no word that matters stands in the whole source, so that none can stand in its plain literals.
    wordless: bool,
    /// How many functions and classes around are about private keys; none when no word of keys stands in the source, and nobody
    /// looks for them.
    pub(super) keys: Option<usize>,
    pub(super) budget: &'a mut Budget,
    pub(super) fold: Fold,
    scopes: Vec<Body>,
    /// By the offset of what opens them, so that both passes meet the same ones.
    scope_at: HashMap<usize, usize>,
    pub(super) current: usize,
    pub(super) functions: Vec<Function>,
    function_at: HashMap<usize, usize>,
    /// Modules of which everything is imported.
    stars: Vec<Rc<str>>,
    /// What names stand for that nothing in the file defines, as far as they were asked for.
    free_names: HashMap<Box<str>, Rc<str>>,
    /// What was assigned to attributes, by the name of the object and the attribute: `self.run`.
    attributes: HashMap<Box<str>, Known>,
    /// Names that were put together, and the usual ones.
    names: HashMap<Box<str>, Rc<str>>,
    buffer: String,
    /// Functions of the file that are called, and the scope where.
    pub(super) called_at: Vec<(usize, usize)>,
    /// Whether this is the pass that writes down.
    pub(super) record: bool,
    /// Above zero while an expression is evaluated again for each item of a list.
    pub(super) quiet: usize,
    /// What the functions around return so far.
    returns: Vec<Caps>,
    pub(super) module: Module,
}

struct Body {
    parent: Option<usize>,
    bindings: HashMap<Box<str>, Known>,
    class: bool,
}

pub(super) struct Function {
    pub(super) parameters: Vec<Rc<str>>,
    /// Where what it is called with comes from, parameter by parameter.
    pub(super) given: Vec<Caps>,
    pub(super) returns: Caps,
    scope: usize,
}

impl Walk<'_> {
    pub(super) fn body(&mut self, body: &[Stmt]) -> Result<(), Trouble> {
        body.iter().try_for_each(|statement| self.statement(statement))
    }

    pub(super) fn lookup(&self, name: &str) -> Option<&Known> {
        let mut scope = Some(self.current);
        while let Some(index) = scope {
            let body = &self.scopes[index];
            // Names of a class are not seen from its methods.
            if (index == self.current || !body.class)
                && let Some(known) = body.bindings.get(name)
            {
                return Some(known);
            }
            scope = body.parent;
        }
        None
    }

    pub(super) fn bind(&mut self, name: &str, known: Known) {
        bind(&mut self.scopes[self.current].bindings, name, known);
    }

    /// `self.run = exec`: known in the whole file.
    pub(super) fn bind_attribute(&mut self, object: &str, attribute: &str, known: Known) {
        let key = joined(&mut self.buffer, &[object, ".", attribute]);
        bind(&mut self.attributes, key, known);
    }

    pub(super) fn lookup_attribute(&mut self, object: &str, attribute: &str) -> Option<&Known> {
        if self.attributes.is_empty() {
            return None;
        }
        self.attributes.get(joined(&mut self.buffer, &[object, ".", attribute]))
    }

    /// The usual name of what is put together of these parts.
    pub(super) fn canonical(&mut self, parts: &[&str]) -> Rc<str> {
        self.kept(parts, super::names::canonical)
    }

    /// What a call of this gives back: `requests.get()`. No name in a source has brackets.
    pub(super) fn result_of(&mut self, name: &str) -> Rc<str> {
        self.kept(&[name, "()"], |name| name.into())
    }

    /// A name that is put together of these parts, as it is called; made once, as mostly it comes again.
    fn kept(&mut self, parts: &[&str], called: fn(&str) -> Rc<str>) -> Rc<str> {
        let name = joined(&mut self.buffer, parts);
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let found = called(name);
        // Names in names in names would fill the memory.
        if name.len() <= KEPT_NAME && self.names.len() < KEPT_NAMES {
            self.names.insert(name.into(), found.clone());
        }
        found
    }

    /// All names of a module are imported.
    pub(super) fn star(&mut self, module: Rc<str>) {
        self.stars.push(module);
        self.free_names.clear();
    }

    /// Runs `within` in the scope that is opened at `at`.
    pub(super) fn scoped<T>(
        &mut self,
        at: TextRange,
        class: bool,
        within: impl FnOnce(&mut Self) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let offset = usize::from(at.start());
        let next = self.scopes.len();
        let index = *self.scope_at.entry(offset).or_insert(next);
        if index == next {
            self.scopes.push(Body { parent: Some(self.current), bindings: HashMap::new(), class });
        }
        let outside = std::mem::replace(&mut self.current, index);
        let result = within(self);
        self.current = outside;
        result
    }

    /// A function or lambda: evaluates defaults outside, binds the parameters, runs `body` inside.
    pub(super) fn function(
        &mut self,
        at: TextRange,
        parameters: Option<&Parameters>,
        body: impl FnOnce(&mut Self) -> Result<Caps, Trouble>,
    ) -> Result<Known, Trouble> {
        let mut names: Vec<Rc<str>> = Vec::new();
        let mut defaults = Vec::new();
        if let Some(parameters) = parameters {
            for parameter in parameters.iter_non_variadic_params() {
                names.push(parameter.parameter.name.as_str().into());
                let default =
                    parameter.default.as_deref().map(|default| self.expression(default)).transpose()?;
                defaults.push(default.unwrap_or_default());
                self.annotation(parameter.parameter.annotation.as_deref())?;
            }
            for rest in [&parameters.vararg, &parameters.kwarg].into_iter().flatten() {
                names.push(rest.name.as_str().into());
                defaults.push(Known::default());
                self.annotation(rest.annotation.as_deref())?;
            }
        }
        let offset = usize::from(at.start());
        let next = self.functions.len();
        let index = *self.function_at.entry(offset).or_insert(next);
        if index == next {
            let given = vec![Caps::NONE; names.len()];
            self.functions.push(Function { parameters: names.clone(), given, returns: Caps::NONE, scope: 0 });
        }
        self.returns.push(Caps::NONE);
        let result = self.scoped(at, false, |walk| {
            walk.functions[index].scope = walk.current;
            for (position, (name, default)) in names.iter().zip(defaults).enumerate() {
                let from =
                    walk.functions[index].given.get(position).copied().unwrap_or_default() | default.from;
                // A default is what it may be, and names what it may name: `def f(run=exec)`.
                walk.bind(name, Known { value: Value::Unknown, name: default.name, from });
            }
            body(walk)
        });
        let returns = self.returns.pop().unwrap_or_default() | result?;
        self.functions[index].returns |= returns;
        Ok(Known {
            name: Some(self.kept(&["def:", &index.to_string()], |name| name.into())),
            ..Known::default()
        })
    }

    pub(super) fn annotation(&mut self, annotation: Option<&Expr>) -> Result<(), Trouble> {
        annotation.map(|annotation| self.expression(annotation)).transpose().map(drop)
    }

    pub(super) fn returns(&mut self, from: Caps) {
        if let Some(returns) = self.returns.last_mut() {
            *returns |= from;
        }
    }

    pub(super) fn recording(&self) -> bool {
        self.record && self.quiet == 0
    }

    /// Writes down a literal, and says where what it names comes from.
    pub(super) fn literal(
        &mut self,
        value: &Value,
        range: TextRange,
        made: Option<&'static str>,
    ) -> Result<Caps, Trouble> {
        let Some(text) = value.text() else {
            if self.recording() && matches!(value, Value::Bytes(bytes) if bytes.len() > 3) {
                self.push_literal(value, range, made)?;
            }
            return Ok(Caps::NONE);
        };
        if text.len() < 4 {
            return Ok(Caps::NONE);
        }
        let wordless = self.wordless && made.is_none() && stands_as_it_is(&self.source[range], text);
        let mut from = if wordless || text.len() > 4096 { Caps::NONE } else { words::origin(text) };
        if self.keys.is_some() && hosts::host_of(text).is_some() {
            from |= Caps::ADDRESS;
        }
        if self.recording() {
            self.push_literal(value, range, made)?;
            if let Some(literal) = self.module.literals.last_mut() {
                literal.wordless = wordless;
            }
        }
        Ok(from)
    }

    fn push_literal(
        &mut self,
        value: &Value,
        range: TextRange,
        made: Option<&'static str>,
    ) -> Result<(), Trouble> {
        if self.module.literals.len() == LITERALS {
            return Err(Trouble::Limit { what: "the number of literals", limit: LITERALS as u64 });
        }
        let (range, scope) = (span(range), self.current);
        self.module.literals.push(Literal {
            value: value.clone(),
            range,
            scope,
            documentation: false,
            wordless: false,
            made,
        });
        Ok(())
    }

    pub(super) fn mention(&mut self, from: Caps, range: TextRange) {
        if self.recording() {
            self.module.mentions.push((from, span(range), self.current));
        }
    }

    pub(super) fn name_at(&mut self, range: TextRange) {
        if !self.ascii && self.recording() && !self.source[range].is_ascii() {
            self.module.foreign_names.push(span(range));
        }
    }

    pub(super) fn import(&mut self, name: &str, range: TextRange) {
        if self.recording() {
            self.module.imports.push((name.into(), span(range)));
        }
    }

    /// A name that nothing in the file defines.
    pub(super) fn free_name(&mut self, name: &str) -> Rc<str> {
        if let Some(known) = self.free_names.get(name) {
            return known.clone();
        }
        let of_star = self.stars.iter().find_map(|module| {
            let full = joined(&mut self.buffer, &[module, ".", name]);
            (capabilities::of_call(full) != Caps::NONE).then(|| full.into())
        });
        let found: Rc<str> = of_star.unwrap_or_else(|| self.canonical(&["builtins.", name]));
        self.free_names.insert(name.into(), found.clone());
        found
    }

    /// Which scopes run at import: the module, its classes, and the functions that these call.
    fn at_import(&self) -> Vec<bool> {
        let functions: Vec<bool> = {
            let mut found = vec![false; self.scopes.len()];
            for function in &self.functions {
                if let Some(mark) = found.get_mut(function.scope) {
                    *mark = function.scope != 0;
                }
            }
            found
        };
        let mut runs = vec![false; self.scopes.len()];
        for index in 0..self.scopes.len() {
            // Parents come before what lies in them.
            let parent = self.scopes[index].parent;
            runs[index] = parent.is_none_or(|parent| runs[parent]) && !functions[index];
        }
        loop {
            let mut changed = false;
            for (function, from) in &self.called_at {
                let scope = self.functions[*function].scope;
                if runs[*from] && !runs[scope] {
                    runs[scope] = true;
                    changed = true;
                }
            }
            for index in 0..self.scopes.len() {
                // A class within such a function.
                if !runs[index]
                    && !functions[index]
                    && self.scopes[index].parent.is_some_and(|parent| runs[parent])
                {
                    runs[index] = true;
                    changed = true;
                }
            }
            if !changed {
                return runs;
            }
        }
    }
}

/// Binds a name anew. Where its data came from before still counts, as another way may lead there.
fn bind(bindings: &mut HashMap<Box<str>, Known>, name: &str, mut known: Known) {
    if let Some(before) = bindings.get_mut(name) {
        known.from |= before.from;
        *before = known;
    } else {
        bindings.insert(name.into(), known);
    }
}

fn joined<'a>(buffer: &'a mut String, parts: &[&str]) -> &'a str {
    buffer.clear();
    for part in parts {
        buffer.push_str(part);
    }
    buffer
}

/// Whether a literal holds what it shows: one pair of quotes, and no escapes.
fn stands_as_it_is(written: &str, text: &str) -> bool {
    let bare = written.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let quoted = |quote: &str| bare.strip_prefix(quote)?.strip_suffix(quote);
    ["\"\"\"", "'''", "\"", "'"].iter().find_map(|quote| quoted(quote)).is_some_and(|inside| inside == text)
}

pub(super) fn span(range: impl Ranged) -> Range<usize> {
    usize::from(range.start())..usize::from(range.end())
}
