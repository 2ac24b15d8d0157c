//! Paths into JSON: `meta.api-version`, `files[0].url`, `files[filename=x.whl].size`, `files[*].filename`.

use serde_json::Value;

/// All values at the path, in order; more than one only with `[*]`.
pub(super) fn select<'a>(document: &'a Value, path: &str) -> Result<Vec<&'a Value>, String> {
    let mut found = vec![document];
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = inside.split_once(']').ok_or_else(|| format!("no ] in {path:?}"))?;
            found = found.into_iter().flat_map(|value| index_into(value, index)).collect();
            rest = after;
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 {
                return Err(format!("an empty name in {path:?}"));
            }
            found = found.into_iter().filter_map(|value| value.get(&name[..end])).collect();
            rest = &name[end..];
        }
    }
    Ok(found)
}

fn index_into<'a>(value: &'a Value, index: &str) -> Vec<&'a Value> {
    // A quoted index is a member whose name has dots or brackets in it: `releases["1.0"]`.
    if let Some(name) = index.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return value.get(name).into_iter().collect();
    }
    let Some(list) = value.as_array() else { return Vec::new() };
    if index == "*" {
        return list.iter().collect();
    }
    if let Some((key, wanted)) = index.split_once('=') {
        let is_it = |item: &&Value| match item.get(key) {
            Some(Value::String(text)) => text == wanted,
            Some(other) => wanted.parse::<Value>().is_ok_and(|wanted| *other == wanted),
            None => false,
        };
        return list.iter().filter(is_it).collect();
    }
    index.parse::<usize>().ok().and_then(|at| list.get(at)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_what_paths_say() {
        let document = json!({
            "meta": { "api-version": "1.4" },
            "files": [{ "filename": "a-1.0.whl", "n": 1 }, { "filename": "b" }],
            "releases": { "1.0": [] },
        });
        for (path, expected) in [
            ("meta.api-version", json!(["1.4"])),
            ("files[1].filename", json!(["b"])),
            ("files[filename=a-1.0.whl].n", json!([1])),
            ("files[n=1].filename", json!(["a-1.0.whl"])),
            ("files[*].filename", json!(["a-1.0.whl", "b"])),
            ("files[*].n", json!([1])),
            ("files[9]", json!([])),
            ("meta[0]", json!([])),
            ("absent.deeper", json!([])),
            ("releases[\"1.0\"]", json!([[]])),
        ] {
            assert_eq!(json!(select(&document, path).expect(path)), expected, "{path}");
        }
        for bad in ["a..b", "files[0", "."] {
            assert!(select(&document, bad).is_err(), "{bad}");
        }
    }
}
