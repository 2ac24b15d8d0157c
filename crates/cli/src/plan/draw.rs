//! Charts as files.

use std::path::{Path, PathBuf};

use clap::Args;
use packhouse_plan::chart::Look;
use resvg::{tiny_skia, usvg};

use crate::exit::Failure;

/// Pixels for each unit of a drawing: sharp on a screen of high density and on paper.
const SCALE: f32 = 2.0;

/// Where to draw.
#[derive(Debug, Clone, Args)]
pub(super) struct Draw {
    /// Draw it as SVG, light or dark as the reader prefers
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Draw it as PNG
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Draw the PNG for a dark background
    #[arg(long, requires = "png")]
    dark: bool,
}

impl Draw {
    pub(super) fn wanted(&self) -> bool {
        self.svg.is_some() || self.png.is_some()
    }

    /// Writes what `drawn` gives for each look that is wanted.
    pub(super) fn write(&self, drawn: impl Fn(Look) -> String) -> Result<(), Failure> {
        if let Some(path) = &self.svg {
            write(path, drawn(Look::File).as_bytes())?;
        }
        if let Some(path) = &self.png {
            let look = if self.dark { Look::Dark } else { Look::Light };
            write(path, &png(&drawn(look))?)?;
        }
        Ok(())
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes)
        .map_err(|error| Failure::wrong_use(format!("{} cannot be written: {error}", path.display())))
}

fn png(svg: &str) -> Result<Vec<u8>, Failure> {
    let mut options = usvg::Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_system_fonts();
    // Where none of the fonts that a chart names is there, any is better than no words at all.
    let first = fonts.faces().next().and_then(|face| face.families.first().map(|(name, _)| name.clone()));
    let Some(family) = first else {
        let none = Failure::no("this machine has no font to draw a PNG with");
        return Err(none.with_hint("install one, such as DejaVu Sans; --svg needs none"));
    };
    fonts.set_sans_serif_family(family);
    let failed = |what: &str, error: &dyn std::error::Error| Failure::fault(what, error);
    let tree = usvg::Tree::from_str(svg, &options)
        .map_err(|error| failed("the chart could not be drawn", &error))?;
    let size = tree.size().to_int_size().scale_by(SCALE).unwrap_or_else(|| tree.size().to_int_size());
    let pixels = tiny_skia::Pixmap::new(size.width(), size.height());
    let mut pixels = pixels.ok_or_else(|| Failure::no("the chart has no size"))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed("the chart could not be packed", &error))
}
