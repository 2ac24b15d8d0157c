//! Inspects each wheel of a folder and prints CPU time, verdict and findings: `wheels FOLDER [OLDER] [--all]`.
//!
//! With a second folder, each wheel is compared with the one of the same project there. Findings that only inform are
//! printed with `--all`.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use packhouse_archive::UnpackLimits;
use packhouse_inspect::{Baseline, Class, Contents, Report, Rules, inspect};

fn main() -> Result<(), Box<dyn Error>> {
    let (options, folders): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let folder = folders.first().ok_or("which folder of wheels?")?;
    let older = folders.get(1).map(|older| archives(Path::new(older))).transpose()?.unwrap_or_default();
    let least = if options.iter().any(|option| option == "--all") { Class::Info } else { Class::Review };
    let rules = Rules::default();
    let mut times = Vec::new();
    let mut verdicts = std::collections::BTreeMap::<&str, usize>::new();
    for path in archives(Path::new(folder))? {
        let name = name_of(&path);
        let before = older.iter().find(|other| project(&name_of(other)) == project(&name));
        let bytes = std::fs::read(&path)?;
        let earlier = before.map(std::fs::read).transpose()?;
        let start = cpu();
        let report = look(&bytes, &name, before.zip(earlier.as_deref()), &rules);
        let time = cpu().saturating_sub(start);
        times.push(time);
        *verdicts.entry(report.verdict.word()).or_default() += 1;
        println!("{:>9.1} ms  {:<6}  {name}", time.as_secs_f64() * 1e3, report.verdict.word());
        for finding in report.findings.iter().filter(|finding| finding.class >= least) {
            let line = finding.region.map_or(0, |region| region.line);
            let (rule, class) = (&finding.rule, finding.class.word());
            println!("               {rule} {class:<6} {}:{line}: {}", finding.path, finding.message);
        }
    }
    times.sort_unstable();
    let sum: Duration = times.iter().sum();
    let at = |share: f64| {
        times.get((times.len() as f64 * share) as usize).or(times.last()).copied().unwrap_or_default()
    };
    println!(
        "{} files: sum {sum:.2?}, median {:.1?}, p90 {:.1?}, max {:.1?}",
        times.len(),
        at(0.5),
        at(0.9),
        at(1.0)
    );
    println!("{verdicts:?}");
    Ok(())
}

fn look(bytes: &[u8], name: &str, before: Option<(&PathBuf, &[u8])>, rules: &Rules) -> Report {
    let limits = UnpackLimits::default();
    let contents = match Contents::read(bytes, name, &limits) {
        Ok(contents) => contents,
        Err(error) => return Report::refused(&error, rules),
    };
    let earlier = before.and_then(|(path, bytes)| Contents::read(bytes, &name_of(path), &limits).ok());
    let against: Vec<_> = earlier.iter().map(|earlier| (Baseline::PreviousRelease, earlier)).collect();
    inspect(&contents, &against, rules)
}

fn archives(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if name_of(&path).ends_with(".whl") || name_of(&path).ends_with(".tar.gz") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn project(name: &str) -> String {
    name.split('-').next().unwrap_or(name).to_lowercase().replace(['.', '_'], "-")
}

/// CPU time of this thread, where the system says it; else the clock's.
fn cpu() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|first| first.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}
