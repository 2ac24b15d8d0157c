//! The codec of the SSH agent's messages: fixed bytes, refusals, hostile answers.

use super::common::{key, public};
use crate::agent::{
    AgentError, MAX_MESSAGE_BYTES, body_length, identities_request, read_identities, read_signature,
    sign_request,
};
use crate::{KeyError, Signer as _};
use proptest::prelude::*;

fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

fn signed(name: &[u8], signature: &[u8]) -> Vec<u8> {
    [vec![14], string(&[string(name), string(signature)].concat())].concat()
}

#[test]
fn requests_are_those_of_the_draft() {
    assert_eq!(identities_request(), [0, 0, 0, 1, 11]);
    let blob = public(1).to_blob();
    let body = [vec![13], string(&blob), string(b"DSSEv1 x"), vec![0; 4]].concat();
    assert_eq!(sign_request(&public(1), b"DSSEv1 x").unwrap(), string(&body));
    let largest = MAX_MESSAGE_BYTES - 13 - blob.len();
    assert_eq!(sign_request(&public(1), &vec![0; largest]).unwrap().len(), 4 + MAX_MESSAGE_BYTES);
    assert!(matches!(
        sign_request(&public(1), &vec![0; largest + 1]),
        Err(AgentError::RequestTooLarge { .. })
    ));
}

#[test]
fn lists_keys_with_those_that_cannot_sign_here() {
    let sk = [string(b"sk-ssh-ed25519@openssh.com"), string(&[1; 32]), string(b"ssh:")].concat();
    let body = [
        vec![12, 0, 0, 0, 2],
        string(&public(1).to_blob()),
        string(b"who@\x1b[2Jwhere"),
        string(&sk),
        string(b"\xff"),
    ]
    .concat();
    let identities = read_identities(&body).unwrap();
    assert_eq!(identities[0].key, Ok(public(1)));
    assert_eq!(identities[0].comment, "who@[2Jwhere");
    assert!(
        matches!(&identities[1].key, Err(KeyError::Algorithm { found, .. }) if found == "sk-ssh-ed25519@openssh.com")
    );
    assert_eq!(read_identities(&[12, 0, 0, 0, 0]).unwrap(), []);
}

#[test]
fn reads_a_signature() {
    let signature = key(1).sign(b"m").unwrap();
    assert_eq!(read_signature(&signed(b"ssh-ed25519", signature.as_bytes())).unwrap(), signature);
}

#[test]
fn refuses_other_answers() {
    let broken = |problem| AgentError::Broken { problem };
    let sound = signed(b"ssh-ed25519", &[0; 64]);
    for (body, expected) in [
        (vec![5], AgentError::Refused),
        (vec![12], AgentError::Unexpected { expected: 14, found: 12 }),
        (vec![], broken("it is empty")),
        (vec![14], broken("it ends within its signature")),
        (sound[..sound.len() - 1].to_vec(), broken("it ends within its signature")),
        ([sound.clone(), vec![0]].concat(), broken("more bytes follow its end")),
        (signed(b"ssh-ed25519", &[0; 63]), broken("an ed25519 signature has 64 bytes, this one has not")),
        (signed(b"rsa-sha2-512", &[0; 64]), AgentError::Algorithm { found: "rsa-sha2-512".to_owned() }),
        (
            signed(b"sk-ssh-ed25519@openssh.com", &[0; 64]),
            AgentError::Algorithm { found: "sk-ssh-ed25519@openssh.com".to_owned() },
        ),
    ] {
        assert_eq!(read_signature(&body), Err(expected), "{body:?}");
    }
    for (body, expected) in [
        (vec![5], AgentError::Refused),
        (vec![12, 0, 0], broken("it ends within its list of keys")),
        (vec![12, 0, 0, 0, 1], broken("it ends within its list of keys")),
        (vec![12, 0xff, 0xff, 0xff, 0xff], AgentError::TooManyIdentities { found: u32::MAX }),
        (vec![12, 0, 0, 0, 0, 0], broken("more bytes follow its end")),
    ] {
        assert_eq!(read_identities(&body), Err(expected), "{body:?}");
    }
    for (header, expected) in [
        ([0, 0, 0, 1], Ok(1)),
        ([0, 4, 0, 0], Ok(MAX_MESSAGE_BYTES)),
        ([0, 0, 0, 0], Err(AgentError::AnswerLength { bytes: 0 })),
        ([0, 4, 0, 1], Err(AgentError::AnswerLength { bytes: 262_145 })),
        ([0xff; 4], Err(AgentError::AnswerLength { bytes: u32::MAX })),
    ] {
        assert_eq!(body_length(header), expected);
    }
}

proptest! {
    #[test]
    fn reading_never_panics(bytes: Vec<u8>) {
        for kind in [12, 14] {
            let body = [&[kind], &bytes[..]].concat();
            let _ = read_identities(&body);
            let _ = read_signature(&body);
        }
    }
}
