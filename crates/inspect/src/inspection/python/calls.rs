//! Calls: which function is meant, what it gives back, and whose parameters it fills.

use std::rc::Rc;

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged as _;

use super::fold::{self, is_cipher, is_rot13};
use super::model::{Argument, Known, Value};
use super::names;
use super::walk::Walk;
use crate::inspection::budget::Trouble;
use crate::inspection::capabilities::{self, Caps};

/// What a value is that came through a function nobody knows. What was turned round may have been any list, and is forgotten.
const STAYS: Caps = Caps::DECODED;

impl Walk<'_> {
    pub(super) fn call(&mut self, call: &ExprCall) -> Result<Known, Trouble> {
        let (function, method, object) = match &*call.func {
            Expr::Attribute(attribute) => {
                let object = self.expression(&attribute.value)?;
                (self.attribute(attribute, &object), Some(attribute.attr.as_str()), object)
            }
            function => (self.expression(function)?, None, Known::default()),
        };
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments.args {
            let known = self.expression(argument)?;
            arguments.push(Argument { keyword: None, known });
        }
        for keyword in &call.arguments.keywords {
            let known = self.expression(&keyword.value)?;
            arguments
                .push(Argument { keyword: keyword.arg.as_ref().map(|name| name.as_str().into()), known });
        }
        let range = call.range();
        let name = function.name.clone();
        if let Some(meant) = Self::meant(name.as_deref(), &arguments) {
            if let Some(name) = name {
                self.call_of(&name, capabilities::of_call(&name), range, arguments, object.from);
            }
            return Ok(meant);
        }
        let does = name.as_deref().map_or(Caps::NONE, capabilities::of_call);
        let from_arguments = arguments.iter().fold(Caps::NONE, |from, argument| from | argument.known.from);
        self.hand_on(name.as_deref(), &arguments, range);
        let values: Vec<&Value> =
            arguments.iter().filter(|a| a.keyword.is_none()).map(|argument| &argument.known.value).collect();
        let (mut value, mut made) = match name.as_deref() {
            Some(name) => self.fold.function(name, &values),
            None => (Value::Unknown, None),
        };
        if let (Value::Unknown, Some(method)) = (&value, method) {
            (value, made) = self.fold.method(&object.value, method, &values);
        }
        if name.as_deref() == Some("builtins.map") {
            value = self.mapped(&arguments);
        }
        self.budget.spend_bytes(value.text().map_or(0, str::len))?;
        if let Expr::Attribute(attribute) = &*call.func {
            self.put_into(&attribute.value, attribute.attr.as_str(), name.as_deref(), &arguments);
        }
        let named = (name.as_deref(), does);
        let mut from = self.origin(named, method, &object, from_arguments, &arguments, function.from);
        if value != Value::Unknown && made.is_some() {
            from |= self.literal(&value.clone(), range, made)?;
        } else if let (Value::Text(text), Some("os.path.join" | "pathlib.Path" | "pathlib.Path().joinpath")) =
            (&value, name.as_deref())
        {
            from |= self.literal(&Value::Text(text.clone()), range, Some("pieces"))?;
        }
        // `Path("a").expanduser()` is a path again.
        let result = name.as_deref().map(|name| {
            let path = name.starts_with("pathlib.Path") && !name.ends_with(".open");
            if path { Rc::from("pathlib.Path()") } else { self.result_of(name) }
        });
        if let Some(name) = name {
            let of = object.from | function.from.without(Caps::WHOLE_ENVIRONMENT);
            self.call_of(&name, does, range, arguments, of);
        }
        Ok(Known { value, name: result, from })
    }

    /// Functions that give back what they are asked for by name.
    fn meant(name: Option<&str>, arguments: &[Argument]) -> Option<Known> {
        let text = |index: usize| arguments.get(index).and_then(|argument| argument.known.value.text());
        let first = arguments.first().map(|argument| &argument.known);
        let named = |name: Rc<str>| Some(Known { name: Some(name), ..Known::default() });
        match name?.strip_prefix("builtins.").unwrap_or(name?) {
            "__import__" | "importlib.import_module" | "importlib.__import__" => {
                let module = text(0)?.to_owned();
                // `__import__("a.b")` is `a`.
                let module = if name? == "builtins.__import__" {
                    module.split('.').next()?.to_owned()
                } else {
                    module
                };
                named(names::canonical(&module))
            }
            "getattr" => {
                let object = first?.name.as_deref()?;
                let attribute = text(1)?;
                named(names::canonical(&format!("{object}.{attribute}")))
            }
            "vars" if arguments.len() == 1 => named(format!("{}.__dict__", first?.name.as_deref()?).into()),
            "functools.partial" => {
                let from = arguments.iter().fold(Caps::NONE, |from, argument| from | argument.known.from);
                Some(Known { value: Value::Unknown, name: first?.name.clone(), from })
            }
            _ => None,
        }
    }

    /// A function that is handed to another one is called by it: `map(exec, parts)`, `Thread(target=run, args=(x,))`.
    fn hand_on(&mut self, name: Option<&str>, arguments: &[Argument], range: ruff_text_size::TextRange) {
        for (index, argument) in arguments.iter().enumerate() {
            let Some(handed) = argument.known.name.clone() else { continue };
            let function = handed.strip_prefix("def:").and_then(|number| number.parse::<usize>().ok());
            let does = capabilities::of_call(&handed);
            if function.is_none() && !does.has(Caps::RUN | Caps::SPAWN | Caps::UNMARSHAL | Caps::NETWORK) {
                continue;
            }
            let others = arguments.iter().enumerate().filter(|(other, _)| *other != index);
            let others: Vec<Argument> = others.map(|(_, argument)| argument.clone()).collect();
            if let Some(function) = function {
                let from = others.iter().fold(Caps::NONE, |from, argument| from | argument.known.from);
                for given in self.functions.get_mut(function).into_iter().flat_map(|f| f.given.iter_mut()) {
                    *given |= from;
                }
                self.called_at.push((function, self.current));
            } else if !others.is_empty() && name.is_some_and(|name| !name.starts_with("def:")) {
                self.call_of(&handed, does, range, others, Caps::NONE);
            }
        }
    }

    /// `map(chr, numbers)`.
    fn mapped(&self, arguments: &[Argument]) -> Value {
        let [function, list] = arguments else { return Value::Unknown };
        if function.known.name.as_deref() != Some("builtins.chr") {
            return Value::Unknown;
        }
        let items = fold::items(&list.known.value, 65_536);
        let characters: Vec<Value> =
            items.iter().map(|item| self.fold.characters(std::slice::from_ref(item))).collect();
        if characters.is_empty() || characters.contains(&Value::Unknown) {
            Value::Unknown
        } else {
            Value::List(characters.into())
        }
    }

    /// Where the result of a call comes from.
    fn origin(
        &mut self,
        (name, does): (Option<&str>, Caps),
        method: Option<&str>,
        object: &Known,
        given: Caps,
        arguments: &[Argument],
        function: Caps,
    ) -> Caps {
        const ORIGINS: [Caps; 4] = [Caps::DECODED, Caps::FETCHED, Caps::ENVIRONMENT, Caps::HOST];
        let mut from = ORIGINS.into_iter().fold(Caps::NONE, |from, origin| from | does.only(origin));
        let cipher = |argument: &Argument| argument.known.value.text().is_some_and(is_cipher);
        match (name, method) {
            (Some("codecs.decode"), _) | (_, Some("decode")) if arguments.iter().any(cipher) => {
                from |= Caps::DECODED;
            }
            // This one is its own inverse; the others, encoded, hide nothing.
            (Some("codecs.encode"), _) | (_, Some("encode"))
                if arguments.iter().any(|a| a.known.value.text().is_some_and(is_rot13)) =>
            {
                from |= Caps::DECODED;
            }
            _ => {}
        }
        // A text out of many numbers hides what it says.
        if matches!(name, Some("builtins.bytes" | "builtins.bytearray" | "builtins.map"))
            || method == Some("join")
        {
            let long = |argument: &Argument| argument.known.value.list().len() >= 8;
            let numbers =
                |argument: &Argument| matches!(argument.known.value.list().first(), Some(Value::Number(_)));
            let chr =
                arguments.first().is_some_and(|first| first.known.name.as_deref() == Some("builtins.chr"));
            if arguments.iter().any(|argument| long(argument) && (numbers(argument) || chr)) {
                from |= Caps::DECODED;
            }
        }
        if let Some(index) =
            name.and_then(|name| name.strip_prefix("def:")).and_then(|n| n.parse::<usize>().ok())
        {
            self.called_at.push((index, self.current));
            if let Some(called) = self.functions.get_mut(index) {
                // A method's first parameter is the object.
                let shift = usize::from(
                    called.parameters.first().is_some_and(|first| matches!(&**first, "self" | "cls")),
                );
                for (position, argument) in arguments.iter().enumerate() {
                    let place = match &argument.keyword {
                        Some(keyword) => called.parameters.iter().position(|parameter| parameter == keyword),
                        None => Some((position + shift).min(called.parameters.len().saturating_sub(1))),
                    };
                    if let Some(given) = place.and_then(|place| called.given.get_mut(place)) {
                        *given |= argument.known.from;
                    }
                }
                return from | called.returns | given.only(STAYS);
            }
        }
        let through = given | object.from | function.without(Caps::WHOLE_ENVIRONMENT);
        let mut through = if does.has(Caps::SPAWN | Caps::NETWORK | Caps::RUN) {
            Caps::NONE
        } else if method == Some("get") || method == Some("pop") {
            if object.from.has(Caps::WHOLE_ENVIRONMENT) {
                Caps::ENVIRONMENT
            } else {
                through.only(STAYS | Caps::FETCHED)
            }
        } else if name.is_some_and(capabilities::passes_on) || method.is_some_and(capabilities::passes_on) {
            through
        } else {
            through.only(STAYS)
        };
        if does.has(Caps::READ)
            || name.is_some_and(|name| name.starts_with("pathlib.Path"))
            || method == Some("read")
        {
            let reads = does.has(Caps::READ) || method.is_some_and(|method| method.starts_with("read"));
            if reads && (given | object.from).has(Caps::SECRET_PATH) {
                through |= Caps::SECRET;
            }
        }
        from | through.without(Caps::KEY)
            | self.keys_through(name, method, (object.from, function), arguments)
    }
}
