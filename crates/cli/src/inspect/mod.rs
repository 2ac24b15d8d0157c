//! `packhouse inspect`: what a wheel, an sdist, a folder or a release does that deserves a look.

mod show;
mod survey;

use std::path::{Path, PathBuf};

use clap::Args;
use packhouse_app::config::Config;
use packhouse_app::inspection::{Fetched, Inspector, Job, Looked, Subject};
use packhouse_app::{AppError, Packhouse, Question};
use packhouse_inspect::{Baseline, Verdict, sarif};

use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;
use crate::settings;

const EXAMPLES: &str = "\
Examples:
  packhouse inspect six-1.17.0-py2.py3-none-any.whl
  packhouse inspect flask==3.1.3 --against flask==3.1.2     what is new in an update
  packhouse inspect ./unpacked --sarif > findings.sarif

The verdict is that of the heaviest finding. Exit codes: 0 pass, 1 hold, review or block, 2 wrong use, 3 a fault.";

/// `inspect`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Inspect {
    /// A wheel, an sdist, a folder, or `name==version`
    #[arg(value_name = "FILE|DIR|NAME==VERSION", required_unless_present = "survey")]
    what: Option<String>,
    /// What came before it: only what is new then counts
    #[arg(long, value_name = "FILE|DIR|NAME==VERSION")]
    against: Option<String>,
    /// The index whose name==version is meant
    #[arg(long, value_name = "NAME")]
    index: Option<String>,
    /// Which file of name==version [default: the wheel for everybody, else a wheel, else the sdist]
    #[arg(long, value_name = "FILENAME")]
    file: Option<String>,
    /// Print SARIF 2.1.0
    #[arg(long, conflicts_with = "json")]
    sarif: bool,
    /// Count false alarms: the newest wheels of the projects in this file, one name a line, alone and as updates
    #[arg(long, value_name = "NAMES", conflicts_with_all = ["what", "against", "file", "sarif"])]
    survey: Option<PathBuf>,
    /// Print findings that only inform, too
    #[arg(long)]
    all: bool,
}

impl Inspect {
    /// Whether many releases are inspected, instead of one.
    pub(crate) fn is_survey(&self) -> bool {
        self.survey.is_some()
    }
}

/// What a person named.
enum Target {
    Here(PathBuf),
    Release(Question),
}

impl Target {
    /// What lies on the disk is that, whatever else its name may mean.
    fn parse(text: &str, index: Option<&str>) -> Result<Self, Failure> {
        let path = Path::new(text);
        if path.exists() {
            return Ok(Self::Here(path.to_owned()));
        }
        let hint = "give a wheel, an sdist, a folder, or name==version";
        if !text.contains("==") || text.contains('/') {
            return Err(Failure::wrong_use(format!("there is no file or folder {text}")).with_hint(hint));
        }
        let mut question = Question::parse(text).map_err(|error| Failure::of(&error).with_hint(hint))?;
        question.index = index.map(str::to_owned).or(question.index);
        Ok(Self::Release(question))
    }
}

/// Something to look at, kept here as long as it is looked at.
enum Held {
    Here(Subject, String),
    Fetched(Fetched),
}

impl Held {
    fn subject(&self) -> Subject {
        match self {
            Self::Here(subject, _) => subject.clone(),
            Self::Fetched(fetched) => fetched.subject(),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Here(_, name) => name,
            Self::Fetched(fetched) => &fetched.filename,
        }
    }
}

/// `packhouse inspect`.
pub(crate) async fn inspect(common: &Common, inspect: &Inspect) -> Result<Outcome, Failure> {
    let mut config = settings::read(common, Vec::new())?;
    if common.log.is_none() {
        "error".clone_into(&mut config.log);
    }
    crate::logging::start(&config)?;
    if let Some(names) = &inspect.survey {
        return survey::survey(common, config, names).await;
    }
    let what = inspect.what.as_deref().unwrap_or_default();
    let what = Target::parse(what, inspect.index.as_deref())?;
    let against = inspect.against.as_deref();
    let against = against.map(|text| Target::parse(text, inspect.index.as_deref())).transpose()?;
    let releases = [Some(&what), against.as_ref()];
    // A file on the disk needs neither a database nor an upstream.
    let fetches = releases.iter().flatten().any(|target| matches!(target, Target::Release(_)));
    let packhouse = if fetches { Some(settings::open(config.clone()).await?) } else { None };
    let looked = look(&config, packhouse.as_ref(), &what, against.as_ref(), inspect).await;
    if let Some(packhouse) = packhouse {
        packhouse.close().await;
    }
    let (name, against, looked) = looked?;
    let report = &looked.report;
    if inspect.sarif {
        out!("{:#}", sarif::log(&name, report));
    } else if common.json {
        let mut document = serde_json::to_value(report)
            .map_err(|error| Failure::fault("the report could not be written", &error))?;
        document["file"] = name.into();
        document["against"] = against.into();
        out!("{document:#}");
    } else {
        show::report(&name, against.as_deref(), report, inspect.all);
    }
    Ok(if report.verdict == Verdict::Pass { Outcome::Done } else { Outcome::No })
}

async fn look(
    config: &Config,
    packhouse: Option<&Packhouse>,
    what: &Target,
    against: Option<&Target>,
    inspect: &Inspect,
) -> Result<(String, Option<String>, Looked), Failure> {
    let what = held(packhouse, what, inspect.file.as_deref()).await?;
    let against = match against {
        Some(target) => Some(held(packhouse, target, None).await?),
        None => None,
    };
    let before = against.as_ref().map(|held| (Baseline::PreviousRelease, held.subject()));
    let job = Job { subject: what.subject(), against: before.into_iter().collect() };
    let inspector =
        Inspector::new(&config.inspect, 0).map_err(|error| Failure::wrong_use(crate::exit::chain(&error)))?;
    let looked = inspector.look(job).await;
    let looked = looked.map_err(|error| Failure::of(&error))?;
    Ok((what.name().to_owned(), against.map(|held| held.name().to_owned()), looked))
}

async fn held(
    packhouse: Option<&Packhouse>,
    target: &Target,
    filename: Option<&str>,
) -> Result<Held, Failure> {
    match target {
        Target::Here(path) => {
            let subject = Subject::at(path)
                .map_err(|error| Failure::wrong_use(format!("{} cannot be read: {error}", path.display())))?;
            let name = path.canonicalize().ok().and_then(|path| path.file_name().map(ToOwned::to_owned));
            let name = name.unwrap_or_default().to_string_lossy().into_owned();
            Ok(Held::Here(subject, name))
        }
        Target::Release(question) => {
            let missing = AppError::NotFound { what: "nothing is open".to_owned() };
            let packhouse = packhouse.ok_or_else(|| Failure::of(&missing))?;
            let fetched = packhouse.fetch_release(question, filename).await;
            // Exit code 1 is the word on a file; that there is none is another matter.
            Ok(Held::Fetched(fetched.map_err(|error| match &error {
                AppError::NotFound { what } => {
                    Failure::wrong_use(what.clone()).with_hint("is the name spelled as upstream spells it?")
                }
                _ => Failure::of(&error),
            })?))
        }
    }
}
