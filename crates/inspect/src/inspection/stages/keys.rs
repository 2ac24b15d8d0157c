//! Private keys that go over the network to an address which stands in the code.
//!
//! Whoever handles keys for others signs with them, and keeps them. What a program is given to log in with (tokens, passwords, keys
//! of an interface) is sent by every client, and is looked for by other rules. One finding for a host in a file, known by the
//! host: the same key sent to the same host by another line is nothing new.

use std::collections::BTreeSet;

use super::Result;
use super::chains::{cut, shown};
use super::python::Source;
use crate::inspection::capabilities::Caps;
use crate::inspection::python::{Argument, Call, Module, host_given, host_of, leads_to_literal};
use crate::inspection::rule;
use crate::inspection::sink::Sink;

/// Hosts that are told of a file in which it is not known which one is meant.
const TOLD: usize = 5;

pub(super) fn look(source: &Source<'_>, module: &Module, sink: &mut Sink<'_>) -> Result {
    let mut told = BTreeSet::new();
    for call in module.calls.iter().filter(|call| call.does.has(Caps::NETWORK) && sends_key(call)) {
        let places = call.arguments.iter().enumerate();
        let leads = |(place, argument): (usize, &Argument)| leads_to_literal(&call.name, place, argument);
        let to = if asks_for_name(call) {
            "whoever answers for that name".to_owned()
        } else if call.object.has(Caps::ADDRESS) || places.clone().any(leads) {
            sink.budget.spend(module.literals.len() as u64)?;
            hosts(call, module)
        } else {
            continue;
        };
        if told.insert(to.clone()) {
            let what = format!("`{}` sends what is named as a private key to {}", shown(call), cut(&to));
            sink.add(source.file, &rule::KEY_SENT, source.at(&call.range), what, &to)?;
        }
    }
    Ok(())
}

/// Whether a key is in what a call sends; what a connection is made with stays here.
fn sends_key(call: &Call) -> bool {
    const STAYS: [&str; 9] =
        ["cert", "verify", "timeout", "pkey", "key_filename", "keyfile", "ssl", "ssl_context", "context"];
    let sent =
        |argument: &&Argument| !argument.keyword.as_deref().is_some_and(|keyword| STAYS.contains(&keyword));
    call.object.has(Caps::KEY)
        || call.arguments.iter().filter(sent).any(|argument| argument.known.from.has(Caps::KEY))
}

/// A question for a name that is made of a key reaches whoever has the rest of the name.
fn asks_for_name(call: &Call) -> bool {
    matches!(
        &*call.name,
        "socket.gethostbyname"
            | "socket.gethostbyname_ex"
            | "socket.getaddrinfo"
            | "dns.resolver.resolve"
            | "dns.resolver.query"
    )
}

/// Where it goes: what the call is given, what stands in it, or else every host that the source names.
fn hosts(call: &Call, module: &Module) -> String {
    let given = call.arguments.iter().find_map(|argument| host_given(&call.name, argument));
    if let Some(host) = given {
        return format!("`{}`", host.to_lowercase());
    }
    let literals = || module.literals.iter().filter(|literal| !literal.documentation);
    let within =
        |range: &std::ops::Range<usize>| call.range.start <= range.start && range.end <= call.range.end;
    let mut hosts: BTreeSet<String> = literals()
        .filter(|literal| within(&literal.range))
        .filter_map(|literal| literal.value.text().and_then(host_of))
        .map(str::to_lowercase)
        .take(1)
        .collect();
    if hosts.is_empty() {
        hosts = literals()
            .filter_map(|literal| literal.value.text().and_then(host_of))
            .map(str::to_lowercase)
            .collect();
    }
    let more = hosts.len().saturating_sub(TOLD);
    let mut text: Vec<String> = hosts.iter().take(TOLD).map(|host| format!("`{host}`")).collect();
    if more > 0 {
        text.push(format!("{more} more"));
    }
    if text.is_empty() { "an address that stands in the code".to_owned() } else { text.join(" or ") }
}
