//! Writes every page to a folder, to be looked at in a browser.

use super::all;
use crate::pages::ASSETS;
use std::fs;
use std::path::PathBuf;

/// `PACKHOUSE_PAGES=/tmp/pages cargo test -p packhouse-server -- --ignored writes_the_pages`, then open
/// `/tmp/pages/home.html`.
#[test]
#[ignore = "writes files for people to look at"]
fn writes_the_pages() {
    let folder = PathBuf::from(std::env::var("PACKHOUSE_PAGES").expect("PACKHOUSE_PAGES names a folder"));
    fs::create_dir_all(folder.join("static")).expect("the folder can be made");
    for asset in ASSETS {
        fs::write(folder.join(&asset.path[1..]), asset.body).expect(asset.path);
    }
    for (name, page) in all() {
        let page = page.replace("\"/static/", "\"static/");
        fs::write(folder.join(format!("{name}.html")), page).expect(name);
    }
}
