//! Writes `data/popular-python.txt` from a list of downloads.
//!
//! `cargo run -p packhouse-names --example popular -- FOLDER > crates/names/data/popular-python.txt`. The folder must hold
//! `pypi_downloads_2026-04-01.csv.gz`.
#![expect(clippy::print_stdout, reason = "the list is its output")]

use std::error::Error;
use std::io::Read as _;
use std::path::Path;

const FILE: &str = "pypi_downloads_2026-04-01.csv.gz";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("expected the folder of the data as an argument")?;
    let mut text = String::new();
    let file = std::fs::File::open(Path::new(&folder).join(FILE))?;
    flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
    println!("# The most downloaded projects of Python's registry on 2026-04-01, in order, names only.");
    println!(
        "# From hugovk/top-pypi-packages (CC BY 4.0); made by `cargo run -p packhouse-names --example popular`."
    );
    for line in text.lines().skip(1) {
        if let Some(name) = line.split(',').nth(1) {
            println!("{}", canonical(name));
        }
    }
    Ok(())
}

/// As PEP 503 says; this crate does not know Python's.
fn canonical(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        let letter = if matches!(letter, '-' | '_' | '.') { '-' } else { letter.to_ascii_lowercase() };
        if letter != '-' || !out.ends_with('-') {
            out.push(letter);
        }
    }
    out
}
