use proptest::prelude::*;

use super::*;
use crate::environment::Environment;

fn parse(text: &str) -> Result<Marker, &'static str> {
    marker(&mut Cursor::new(text))
}

/// Expectations are those of the `packaging` library.
#[test]
fn holds_where_it_should() {
    let linux = "cp312 manylinux_2_28_x86_64";
    let mac = "cp39 macosx_14_0_arm64";
    let windows = "cp310 win_amd64";
    for (text, environment, extra, expected) in [
        ("python_version < '3.11'", linux, "", false),
        ("python_version < '3.11'", mac, "", true),
        ("python_version >= \"3.9\"", linux, "", true),
        ("'3.9' <= python_version", linux, "", true),
        ("python_version > '3.2'", linux, "", true),
        ("python_version == '3.*'", linux, "", true),
        ("python_version != '3.12.*'", linux, "", false),
        ("python_version >= '3.8.*'", linux, "", true),
        ("python_version ~= '3.10'", linux, "", true),
        ("python_version in '3.11 3.12'", linux, "", true),
        ("python_version not in '2.7, 3.9'", mac, "", false),
        ("python_full_version < '3.12.1'", linux, "", false),
        ("python_full_version === '3.12'", linux, "", false),
        ("implementation_version >= '3.12.0'", linux, "", true),
        ("sys_platform == 'win32'", windows, "", true),
        ("sys_platform == 'win32'", linux, "", false),
        ("os_name == 'nt' and platform_machine == 'AMD64'", windows, "", true),
        ("platform_system == 'Darwin' and platform_machine == 'arm64'", mac, "", true),
        ("platform_machine == 'x86_64'", linux, "", true),
        ("'linux' in sys_platform", linux, "", true),
        ("sys_platform not in 'win32 cygwin'", linux, "", true),
        ("platform_python_implementation == 'CPython'", linux, "", true),
        ("implementation_name == 'cpython'", linux, "", true),
        ("implementation_name == 'pypy'", "pp310 manylinux_2_28_x86_64", "", true),
        ("platform_python_implementation != 'PyPy'", "pp310 manylinux_2_28_x86_64", "", false),
        ("python_implementation == 'CPython' and os.name == 'posix'", linux, "", true),
        ("extra == 'toml'", linux, "", false),
        ("extra == 'toml'", linux, "toml", true),
        ("extra == 'A_b'", linux, "a-b", true),
        ("'toml' == extra", linux, "toml", true),
        ("extra != 'toml'", linux, "", true),
        ("extra == 'a' or extra == 'b'", linux, "b", true),
        ("python_version < '3' or sys_platform == 'linux' and extra == 'x'", linux, "x", true),
        ("(python_version < '3' or sys_platform == 'linux') and extra == 'x'", linux, "", false),
        ("((python_version>='3')and(os_name=='posix'))", linux, "", true),
        ("platform_release >= '20'", linux, "", false),
        ("sys_platform ~= '1.0'", linux, "", false),
        ("'a' == 'a'", linux, "", true),
        ("os_name == ''", linux, "", false),
    ] {
        let environment = Environment::parse(environment).expect(environment);
        let extra = (!extra.is_empty()).then(|| Extra::parse(extra).expect(extra));
        let marker = parse(text).expect(text);
        assert_eq!(marker.holds(&environment, extra.as_ref()), expected, "{text} in {environment:?}");
        assert_eq!(marker.names_extra(), text.contains("extra"), "{text}");
        let never = !marker.holds(&environment, None);
        assert!(never || !marker.only_for_extras(), "{text}");
    }
}

#[test]
fn says_what_holds_for_extras_alone() {
    for (text, expected) in [
        ("extra == 'toml'", true),
        ("'toml' == extra", true),
        ("os_name == 'posix' and extra == 'toml'", true),
        ("extra == 'a' or extra == 'b'", true),
        ("extra == 'a' or os_name == 'posix'", false),
        ("extra != 'toml'", false),
        ("extra == ''", false),
        ("extra == '-'", false),
        ("os_name != \"a and extra == 'b\"", false),
        ("os_name == 'posix'", false),
    ] {
        assert_eq!(parse(text).expect(text).only_for_extras(), expected, "{text}");
    }
}

#[test]
fn refuses_what_is_no_marker() {
    for text in [
        "",
        "python_version",
        "python_version <",
        "python_version < 3",
        "python_version << '3'",
        "python_version < '3",
        "unknown == 'a'",
        "(os_name == 'nt'",
        "os_name == 'nt')",
        "os_name == 'nt' os_name == 'nt'",
        "os_name == 'nt' andos_name == 'nt'",
        "os_name == 'nt' and",
        "os_name not 'nt'",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    let nested = |depth| format!("{}os_name == 'nt'{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(DEEPEST_MARKER)).is_ok());
    assert!(parse(&nested(DEEPEST_MARKER + 1)).is_err());
    assert!(parse(&nested(100_000)).is_err());
    assert!(parse(&vec!["os_name == 'nt'"; MOST_COMPARISONS + 1].join(" or ")).is_err());
}

proptest! {
    #[test]
    fn never_panics(
        text in "\\PC{0,60}",
        odd in "(\\(|\\)|and |or |not |in |python_version|extra|os_name| ?[<>=!~]{1,3} ?|'3\\.1[0-9.*]*'|\"x'?\"| ){0,14}",
    ) {
        let environment = Environment::parse("cp312 win_amd64").expect("an environment");
        for text in [text, odd] {
            if let Ok(marker) = parse(&text) {
                let _ = marker.holds(&environment, None);
                prop_assert_eq!(parse(&marker.to_string()), Ok(marker));
            }
        }
    }
}
