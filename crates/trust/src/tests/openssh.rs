//! Against the real `ssh-keygen` and `ssh-agent`. Where they are not installed, says so and checks nothing, unless
//! `PACKHOUSE_TEST_SSH=require`.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::common::{key, public};
use crate::agent::{body_length, identities_request, read_identities, read_signature, sign_request};
use crate::key::Protection;
use crate::{PublicKey, SecretKey, Signer as _};

/// Whether `program` is installed; says on standard error when it is not.
fn installed(program: &str) -> bool {
    if Command::new(program).arg("-?").stdin(Stdio::null()).output().is_ok() {
        return true;
    }
    let message = format!("skipped: {program} is not installed");
    assert!(std::env::var("PACKHOUSE_TEST_SSH").is_ok_and(|value| value == "require"), "{message}");
    let _ = writeln!(io::stderr(), "{message}");
    false
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn reads_the_files_of_ssh_keygen() {
    if !installed("ssh-keygen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, passphrase) in [("plain", ""), ("locked", "correct horse")] {
        let path = folder.path().join(name);
        run("ssh-keygen", &["-q", "-t", "ed25519", "-C", "a comment", "-N", passphrase, "-f", &text(&path)]);
        let line = fs::read_to_string(path.with_extension("pub")).unwrap();
        let (public, comment) = PublicKey::from_openssh(&line).unwrap();
        assert_eq!(public.to_openssh(&comment), line.trim_end());
        let listed = run("ssh-keygen", &["-l", "-f", &text(&path.with_extension("pub"))]);
        assert_eq!(listed.split(' ').nth(1), Some(&*public.id().to_string()));
        let secret = fs::read_to_string(&path).unwrap();
        let given = Some(passphrase.as_bytes()).filter(|passphrase| !passphrase.is_empty());
        let secret = SecretKey::from_openssh(&secret, given).unwrap();
        assert_eq!((secret.public_key(), secret.comment()), (public, "a comment"));
    }
    for kind in ["rsa", "ecdsa"] {
        let path = folder.path().join(kind);
        run("ssh-keygen", &["-q", "-t", kind, "-N", "", "-f", &text(&path)]);
        let error = SecretKey::from_openssh(&fs::read_to_string(&path).unwrap(), None).expect_err(kind);
        assert!(error.to_string().contains("only ssh-ed25519 keys sign here"), "{error}");
        let error = PublicKey::from_openssh(&fs::read_to_string(path.with_extension("pub")).unwrap());
        assert!(error.expect_err(kind).to_string().contains("only ssh-ed25519 keys sign here"));
    }
}

#[test]
fn ssh_keygen_reads_our_files() {
    if !installed("ssh-keygen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let protection = Protection { passphrase: b"correct horse", salt: [3; 16] };
    for (name, protection, passphrase) in
        [("plain", None, ""), ("locked", Some(&protection), "correct horse")]
    {
        let path =
            write(&folder.path().join(name), &key(1).with_comment("ours").to_openssh(protection).unwrap());
        let line = run("ssh-keygen", &["-y", "-P", passphrase, "-f", &path]);
        assert_eq!(line.trim_end(), public(1).to_openssh("ours"));
    }
}

/// With the permissions without which OpenSSH refuses to read a key.
fn write(path: &Path, key: &str) -> String {
    fs::write(path, key).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    text(path)
}

/// An agent that ends with the test.
struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ask(socket: &Path, request: &[u8]) -> Vec<u8> {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.write_all(request).unwrap();
    let mut header = [0; 4];
    stream.read_exact(&mut header).unwrap();
    let mut body = vec![0; body_length(header).unwrap()];
    stream.read_exact(&mut body).unwrap();
    body
}

#[test]
fn a_real_agent_lists_and_signs() {
    if !installed("ssh-agent") || !installed("ssh-add") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("agent");
    let mut child = Command::new("ssh-agent")
        .args(["-D", "-a", &text(&socket)])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The agent listens before it prints where.
    let mut first = [0; 1];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    let _agent = Agent(child);
    let path = write(&folder.path().join("key"), &key(1).with_comment("ours").to_openssh(None).unwrap());
    let added = Command::new("ssh-add").arg("-q").arg(path).env("SSH_AUTH_SOCK", &socket).status().unwrap();
    assert!(added.success());

    let identities = read_identities(&ask(&socket, &identities_request())).unwrap();
    assert_eq!(identities.len(), 1);
    assert_eq!((identities[0].key.as_ref(), identities[0].comment.as_str()), (Ok(&public(1)), "ours"));
    let message = crate::dsse::pae("application/vnd.in-toto+json", b"{}");
    let signature = read_signature(&ask(&socket, &sign_request(&public(1), &message).unwrap())).unwrap();
    assert!(public(1).verify(&message, &signature));
    // Ed25519 is deterministic: the agent and we make the same signature.
    assert_eq!(signature, key(1).sign(&message).unwrap());
    let refused = read_signature(&ask(&socket, &sign_request(&public(2), &message).unwrap()));
    assert!(refused.expect_err("not its key").to_string().contains("refused"));
}
