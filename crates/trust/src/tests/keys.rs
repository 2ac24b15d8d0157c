//! Public and secret keys: known answers, keys that must not be used, broken files.

use super::common::{key, public};
use crate::key::Protection;
use crate::{KeyError, KeyId, PublicKey, SecretKey, SecretKeyError, Signature, Signer as _};
use proptest::prelude::*;

/// RFC 8032, section 7.1, TEST 1, as OpenSSH writes it, and what `ssh-keygen -l` says of it.
const RFC_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
const RFC_ID: &str = "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8";

// Made by `ssh-keygen -t ed25519` for this file alone. TEST ONLY: they open nothing and sign nothing.
const TEST_ONLY_PLAIN: &str = "\
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACBu/ftCFkNxrbzdVRMD/uTaeHm1y0UkqhNO0mQ3rBKF+QAAAKAK9MgmCvTI
JgAAAAtzc2gtZWQyNTUxOQAAACBu/ftCFkNxrbzdVRMD/uTaeHm1y0UkqhNO0mQ3rBKF+Q
AAAED1iil4bWwanIXR+zEPxW0thuuoJ1M67hifPNRPqvr9xm79+0IWQ3GtvN1VEwP+5Np4
ebXLRSSqE07SZDesEoX5AAAAF3Rlc3Qtb25seSwgdXNlZCBub3doZXJlAQIDBAUG
";
const TEST_ONLY_LOCKED: &str = "\
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDDJKF3mM
EZ17zaoA6O4Lm/AAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAICnBXKbvvidEcXqR
wWwCqoMuLVruvXHP0V2oNl11spQpAAAAoOZ0appE56I1aM2CS5LmWGDIzkURTA20bXEUKq
vxAa8MVFb4vuL8UJaj9rpms+5Wz9Mo/HvfAcqBxRvSc718aVwzIpkmsoOUc62nI+DAaWg0
1hdrb4u6WFSrAO0J+Dlp3/RICP8VdtSxk6aQVE5OANqHmU5BBfhFaCwo9sFx0py4KDL62R
+oU2oJxeozg5JTssGN1QMsksPBQfjdHFoPlpo=
";

/// The whole file around a body.
fn file(body: &str) -> String {
    let label = "OPENSSH PRIVATE KEY";
    format!("-----BEGIN {label}-----\n{body}-----END {label}-----\n")
}

#[test]
fn fingerprints_and_lines_are_those_of_ssh_keygen() {
    let (rfc, comment) = PublicKey::from_openssh(&format!("{RFC_KEY} who@where, on  paper\r\n")).unwrap();
    assert_eq!(comment, "who@where, on  paper");
    assert_eq!(rfc.to_string(), RFC_KEY);
    assert_eq!(rfc.id().to_string(), RFC_ID);
    assert_eq!(RFC_ID.parse::<KeyId>().unwrap(), rfc.id());
    assert_eq!(rfc.to_openssh(" a\nssh-ed25519 AAAA b "), format!("{RFC_KEY} assh-ed25519 AAAA b"));
    assert_eq!(rfc.to_openssh(""), RFC_KEY);
    assert_eq!(serde_json::to_string(&rfc).unwrap(), format!("{RFC_KEY:?}"));
    assert_eq!(serde_json::from_str::<PublicKey>(&format!("{RFC_KEY:?}")).unwrap(), rfc);
}

/// RFC 8032, section 7.1, TEST 1 and TEST 2.
#[test]
fn signs_the_vectors_of_the_rfc() {
    for (seed, public, message, signature) in [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            &b""[..],
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            &b"\x72"[..],
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ] {
        let secret = SecretKey::from_seed(&hex::decode(seed).unwrap().try_into().unwrap());
        let bytes: [u8; 32] = hex::decode(public).unwrap().try_into().unwrap();
        assert_eq!(secret.public_key(), PublicKey::from_ed25519(&bytes).unwrap());
        let signed = secret.sign(message).unwrap();
        assert_eq!(hex::encode(signed.as_bytes()), signature);
        assert!(secret.public_key().verify(message, &signed));
        assert!(!secret.public_key().verify(b"another", &signed));
    }
}

/// The eight points of small order, and encodings that are not canonical.
#[test]
fn refuses_keys_that_anybody_signs_for() {
    for (point, expected) in [
        ("0100000000000000000000000000000000000000000000000000000000000000", "its order is small"),
        ("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "its order is small"),
        ("0000000000000000000000000000000000000000000000000000000000000000", "its order is small"),
        ("0000000000000000000000000000000000000000000000000000000000000080", "its order is small"),
        ("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "its order is small"),
        ("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", "its order is small"),
        ("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "its order is small"),
        ("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "its order is small"),
        ("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "the one encoding"),
        ("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "the one encoding"),
        ("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "the one encoding"),
        ("0200000000000000000000000000000000000000000000000000000000000000", "no point"),
    ] {
        let bytes: [u8; 32] = hex::decode(point).unwrap().try_into().unwrap();
        let error = PublicKey::from_ed25519(&bytes).expect_err(point).to_string();
        assert!(error.contains(expected), "{point}: {error}");
    }
}

/// RFC 8032, section 5.1.7, step 1: S + L is another spelling of the same signature, and refused.
#[test]
fn a_signature_has_one_spelling() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let sound = key(1).sign(b"x").unwrap();
    let mut bytes = *sound.as_bytes();
    let mut carry = 0;
    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    assert!(public(1).verify(b"x", &sound));
    assert!(!public(1).verify(b"x", &Signature::from_bytes(bytes)));
}

#[test]
fn refuses_other_lines() {
    let rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ== x";
    let sk = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t x";
    let inner_sk = "ssh-ed25519 AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t x";
    for (line, expected) in [
        (rsa, "this one is ssh-rsa: one kind"),
        ("ecdsa-sha2-nistp256 AAAA x", "this one is ecdsa-sha2-nistp256"),
        (sk, "a security key signs a counter"),
        (inner_sk, "a security key signs a counter"),
        ("ssh-ed25519-cert-v01@openssh.com AAAA x", "a certificate vouches"),
        ("", "expected a public key on one line"),
        ("ssh-ed25519", "expected a public key on one line"),
        ("ssh-ed25519 ", "expected a public key on one line"),
        ("hunter2 is my password", "expected a public key on one line"),
        ("ssh-ed25519 AAAA=A x", "expected a public key on one line"),
        ("ssh-ed25519 AAAA x", "ends within its kind"),
        (&format!("{RFC_KEY}\n{RFC_KEY}"), "expected a public key on one line"),
        (&RFC_KEY.replace("B1Ea", "B1EaAAAA"), "more bytes follow"),
        (&RFC_KEY.replace("B1Ea", ""), "does not hold 32 bytes"),
        (&format!("ssh-ed25519 {}", "A".repeat(9000)), "expected a public key on one line"),
    ] {
        let error = line.parse::<PublicKey>().expect_err(line).to_string();
        assert!(error.contains(expected), "{line}: {error}");
    }
    for id in ["", "SHA256:", &RFC_ID[..49], &format!("{RFC_ID}="), &RFC_ID.replace("bU8", "bU9"), "MD5:aa"] {
        assert!(id.parse::<KeyId>().is_err(), "{id}");
    }
}

#[test]
fn reads_what_ssh_keygen_wrote() {
    let plain = SecretKey::from_openssh(&file(TEST_ONLY_PLAIN), None).unwrap();
    assert_eq!(plain.public_key().id().to_string(), "SHA256:A4WHAllya/0M3qjc1Pjzl9iJJw0KyHlqC74yl0l3O8s");
    assert_eq!(plain.comment(), "test-only, used nowhere");
    let locked = file(TEST_ONLY_LOCKED);
    assert!(matches!(SecretKey::from_openssh(&locked, None), Err(SecretKeyError::Encrypted)));
    assert!(matches!(
        SecretKey::from_openssh(&locked, Some(b"hunter2")),
        Err(SecretKeyError::WrongPassphrase)
    ));
    let opened = SecretKey::from_openssh(&locked, Some(b"test-only")).unwrap();
    assert_eq!(opened.public_key().id().to_string(), "SHA256:JCqoag/jQM2HOeJv3DZUaSpLUtrk77L2zanxzX/aazc");
}

#[test]
fn writes_what_it_reads() {
    let secret = key(1).with_comment("server\nof the distribution");
    let text = secret.to_openssh(None).unwrap();
    let again = SecretKey::from_openssh(&text, None).unwrap();
    assert_eq!((again.public_key(), again.comment()), (public(1), "serverof the distribution"));
    let protection = Protection { passphrase: b"p", salt: [7; 16] };
    let locked = secret.to_openssh(Some(&protection)).unwrap();
    assert!(matches!(SecretKey::from_openssh(&locked, None), Err(SecretKeyError::Encrypted)));
    assert_eq!(SecretKey::from_openssh(&locked, Some(b"p")).unwrap().public_key(), public(1));
    let nothing = Protection { passphrase: b"", salt: [7; 16] };
    assert!(matches!(secret.to_openssh(Some(&nothing)), Err(SecretKeyError::EmptyPassphrase)));
}

#[test]
fn a_secret_is_not_shown() {
    let shown = format!("{:?}", key(1));
    assert_eq!(shown, format!("SecretKey({})", public(1).id()));
}

#[test]
fn refuses_other_files() {
    let begin = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
    // The body says 3,000 rounds where `ssh-keygen` said 16.
    let slow = TEST_ONLY_LOCKED.replacen("7zaoA6O4Lm/AAAAEAAAAAEAAAAz", "7zaoA6O4Lm/AAALuAAAAAEAAAAz", 1);
    assert_ne!(slow, TEST_ONLY_LOCKED);
    for (text, expected) in [
        (String::new(), "this is something else"),
        (RFC_KEY.to_owned(), "this is a public key"),
        ("PuTTY-User-Key-File-3: ssh-ed25519".to_owned(), "puttygen"),
        (begin("RSA PRIVATE KEY"), "in another form"),
        (begin("OPENSSH PRIVATE KEY"), "the key file is broken"),
        (file(&TEST_ONLY_PLAIN.replacen("AAAAMw", "AAAAMx", 1)), "the key file is broken"),
        (file(&TEST_ONLY_PLAIN[71..]), "the key file is broken"),
        (file(&slow), "asks for 3000 rounds"),
        (file(&"A".repeat(20_000)), "at most 16384 bytes"),
    ] {
        let error = SecretKey::from_openssh(&text, Some(b"test-only")).expect_err(expected).to_string();
        assert!(error.contains(expected), "{expected:?}: {error}");
    }
}

proptest! {
    #[test]
    fn reading_never_panics(bytes: Vec<u8>, text: String, place: prop::sample::Index, with in "[A-Za-z0-9+/=\n]") {
        let _ = PublicKey::from_blob(&bytes);
        let _ = PublicKey::from_openssh(&text);
        let _ = text.parse::<KeyId>();
        let _ = SecretKey::from_openssh(&text, None);
        let _ = SecretKey::from_openssh(&file(&text), None);
        for body in [TEST_ONLY_PLAIN, TEST_ONLY_LOCKED] {
            let mut body = body.to_owned();
            let place = place.index(body.len());
            body.replace_range(place..=place, &with);
            let _ = SecretKey::from_openssh(&file(&body), None);
        }
    }

    #[test]
    fn what_is_written_is_read(seed: [u8; 32], comment in "[a-z @.]{0,30}") {
        let secret = SecretKey::from_seed(&seed).with_comment(&comment);
        let line = secret.public_key().to_openssh(&comment);
        let read = PublicKey::from_openssh(&line).unwrap();
        prop_assert_eq!(read, (secret.public_key(), comment.trim().to_owned()));
        prop_assert_eq!(PublicKey::from_blob(&secret.public_key().to_blob()), Ok(secret.public_key()));
        let again = SecretKey::from_openssh(&secret.to_openssh(None).unwrap(), None).unwrap();
        prop_assert_eq!(again.public_key(), secret.public_key());
    }
}

#[test]
fn a_refused_key_says_so_in_its_type() {
    assert!(matches!(PublicKey::from_blob(b""), Err(KeyError::Blob { .. })));
    assert!(matches!(PublicKey::from_blob(b"\xff\xff\xff\xff"), Err(KeyError::Blob { .. })));
}
