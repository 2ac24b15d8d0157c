//! What a run is asked to do.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::peers::Peer;

pub(crate) const HELP: &str = "\
cargo xtask bench [options]

Prints one table: Packhouse beside nginx handing out the same bytes, medians of several rounds.

  --quick          one round of one second, 32 connections, without the slow parts
  --only LIST      of start, warm, memory, herd, cold, inspect (all but the last two unless said)
  --loads LIST     of the warm loads, only those with one of these words in their names: six,gzip
  --cold           cold as well: real installs through the registry that this machine's pip asks
  --peers LIST     of nginx, nginx-cache, pypiron, devpi, proxpi, srs; installed into target/bench on first use
  --wheels FOLDER  what the part inspect looks at
  --guarddog PATH  the program that it is compared with: GuardDog, installed from PyPI
  --rounds N       of which the median is taken (3)
  --seconds S      of each load (2)
  --program PATH   measure this program instead of building target/release/packhouse
  --json           print JSON, with every round's numbers
";

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// How long it takes to start.
    Start,
    /// Pages and files that are in the cache.
    Warm,
    /// Resident memory, idle and after the warm loads.
    Memory,
    /// Many clients at once for what is not in the cache.
    Herd,
    /// Real clients through the real registry.
    Cold,
    /// The inspection of wheels on the disk.
    Inspect,
}

const PARTS: [(&str, Part); 6] = [
    ("start", Part::Start),
    ("warm", Part::Warm),
    ("memory", Part::Memory),
    ("herd", Part::Herd),
    ("cold", Part::Cold),
    ("inspect", Part::Inspect),
];

/// The command line.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) json: bool,
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
    pub(crate) peers: Vec<Peer>,
    pub(crate) program: Option<PathBuf>,
    pub(crate) wheels: Option<PathBuf>,
    pub(crate) guarddog: Option<PathBuf>,
    loads: Vec<String>,
    parts: Vec<Part>,
}

impl Options {
    /// Reads the arguments; `None` when help is asked for.
    pub(crate) fn parse(arguments: &[String]) -> Result<Option<Self>> {
        let mut options = Self {
            quick: false,
            json: false,
            rounds: 0,
            seconds: 0,
            peers: Vec::new(),
            program: None,
            wheels: None,
            guarddog: None,
            loads: Vec::new(),
            parts: vec![Part::Start, Part::Warm, Part::Memory, Part::Herd],
        };
        let mut cold = false;
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let (name, given) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (argument.as_str(), None),
            };
            let mut value = || {
                let value = given.clone().or_else(|| rest.next().cloned());
                value.with_context(|| format!("{name} needs a value"))
            };
            match name {
                "--help" | "-h" => return Ok(None),
                "--quick" => options.quick = true,
                "--json" => options.json = true,
                "--cold" => cold = true,
                "--rounds" => options.rounds = number(name, &value()?)? as usize,
                "--seconds" => options.seconds = number(name, &value()?)?,
                "--program" => options.program = Some(value()?.into()),
                "--wheels" => options.wheels = Some(value()?.into()),
                "--guarddog" => options.guarddog = Some(value()?.into()),
                "--only" => options.parts = words(&value()?).map(part).collect::<Result<_>>()?,
                "--loads" => options.loads = words(&value()?).map(str::to_owned).collect(),
                "--peers" => {
                    let peers = value()?;
                    // nginx is what everything is compared with, so it is always there.
                    let others = words(&peers).filter(|name| *name != "nginx");
                    options.peers = others.map(Peer::named).collect::<Result<_>>()?;
                }
                _ => bail!("there is no option `{argument}`\n\n{HELP}"),
            }
        }
        if cold && !options.parts.contains(&Part::Cold) {
            options.parts.push(Part::Cold);
        }
        let (rounds, seconds) = if options.quick { (1, 1) } else { (3, 2) };
        options.rounds = if options.rounds == 0 { rounds } else { options.rounds };
        options.seconds = if options.seconds == 0 { seconds } else { options.seconds };
        Ok(Some(options))
    }

    /// Whether the warm load of this name is asked for.
    pub(crate) fn wants_load(&self, name: &str) -> bool {
        self.loads.is_empty() || self.loads.iter().any(|word| name.contains(word))
    }

    pub(crate) fn wants(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn part(name: &str) -> Result<Part> {
    let known = PARTS.iter().find(|(known, _)| *known == name);
    known.map(|(_, part)| *part).with_context(|| {
        format!("there is no part `{name}`; the parts are {}", PARTS.map(|(known, _)| known).join(", "))
    })
}

fn number(option: &str, text: &str) -> Result<u64> {
    let number = text.parse().ok().filter(|number| (1..=1000).contains(number));
    number.with_context(|| format!("{option}: a number from 1 to 1000 was expected; found {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Options>> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn nothing_said_means_everything_on_loopback() {
        let options = parse("").unwrap().unwrap();
        assert_eq!((options.rounds, options.seconds, options.quick), (3, 2, false));
        assert!(options.wants(Part::Warm) && options.wants(Part::Herd) && !options.wants(Part::Cold));
    }

    #[test]
    fn quick_is_short_unless_said_otherwise() {
        let options = parse("--quick --seconds=4 --only warm,cold --peers nginx,devpi").unwrap().unwrap();
        assert_eq!((options.rounds, options.seconds), (1, 4));
        assert!(options.wants(Part::Cold) && !options.wants(Part::Start));
        assert_eq!(options.peers, [Peer::Devpi]);
    }

    #[test]
    fn wrong_use_says_what_is_there() {
        for (line, expected) in [
            ("--only luke", "the parts are start, warm, memory, herd, cold, inspect"),
            ("--peers bandersnatch", "the peers are nginx, nginx-cache, pypiron, devpi, proxpi, srs"),
            ("--rounds none", "a number from 1 to 1000 was expected"),
            ("--rounds", "--rounds needs a value"),
            ("--fast", "there is no option `--fast`"),
        ] {
            let message = parse(line).unwrap_err().to_string();
            assert!(message.contains(expected), "{line}: {message}");
        }
    }
}
