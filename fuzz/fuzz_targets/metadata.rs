#![no_main]
//! Core metadata, a project's JSON document, and the small languages in them: no panic.

use libfuzzer_sys::fuzz_target;
use packhouse_model::ProjectName;
use packhouse_pypi::core_metadata::{CoreMetadata, MetadataLimits};
use packhouse_pypi::project_json::ProjectJson;
use packhouse_pypi::{Requirement, Version, VersionSpecifiers, WheelTags, parse_filename};

fuzz_target!(|data: &[u8]| {
    let _ = CoreMetadata::parse(data, &MetadataLimits::default());
    let _ = ProjectJson::parse(data, 1 << 20);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = Requirement::parse(text);
    let _ = Version::parse(text);
    let _ = VersionSpecifiers::parse(text);
    let _ = WheelTags::parse(text);
    let _ = parse_filename(text, &ProjectName::from_canonical("six"));
});
