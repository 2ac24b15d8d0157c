#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;

/// Whether a domain takes mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    /// It names a server for it.
    Taken,
    /// It is there, and names none, or says that it takes none (RFC 7505).
    Refused,
    /// There is no such domain.
    NoDomain,
}

/// The resolver could not tell.
#[derive(Debug, thiserror::Error)]
pub enum DnsError {
    /// It could not be prepared.
    #[error("the resolver {resolver} cannot be used")]
    Resolver {
        /// Its address.
        resolver: SocketAddr,
        /// Why.
        source: NetError,
    },
    /// It gave no answer, or one that says nothing.
    #[error("the resolver did not say whether {domain} takes mail")]
    Unanswered {
        /// What it was asked about.
        domain: String,
        /// Why.
        source: NetError,
    },
}

/// For one question.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is asked.
const ATTEMPTS: usize = 2;
/// Answers that are remembered, as long as they say themselves.
const REMEMBERED: u64 = 1_000;

/// Asks one resolver.
#[derive(Clone)]
pub struct Resolver {
    inner: TokioResolver,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resolver")
    }
}

impl Resolver {
    /// Prepares it; sends nothing.
    pub fn new(resolver: SocketAddr) -> Result<Self, DnsError> {
        let mut server = NameServerConfig::udp_and_tcp(resolver.ip());
        for connection in &mut server.connections {
            connection.port = resolver.port();
        }
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        options.timeout = PATIENCE;
        options.attempts = ATTEMPTS;
        options.cache_size = REMEMBERED;
        options.use_hosts_file = ResolveHosts::Never;
        let inner = builder.build().map_err(|source| DnsError::Resolver { resolver, source })?;
        Ok(Self { inner })
    }

    /// Whether a domain takes mail.
    pub async fn mail(&self, domain: &str) -> Result<Mail, DnsError> {
        // With the dot it is whole: nothing is tried behind it.
        let name = format!("{}.", domain.trim_end_matches('.'));
        match self.inner.mx_lookup(name).await {
            Ok(found) => {
                let takes = |data: &RData| matches!(data, RData::MX(mx) if !mx.exchange.is_root());
                let taken = found.answers().iter().any(|record| takes(&record.data));
                Ok(if taken { Mail::Taken } else { Mail::Refused })
            }
            Err(error) if error.is_nx_domain() => Ok(Mail::NoDomain),
            Err(error) if error.is_no_records_found() => Ok(Mail::Refused),
            Err(source) => Err(DnsError::Unanswered { domain: domain.to_owned(), source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    /// A resolver that knows a few domains, by their first label.
    fn fake() -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let address = socket.local_addr().expect("an address");
        std::thread::spawn(move || {
            let mut query = [0_u8; 512];
            while let Ok((length, client)) = socket.recv_from(&mut query) {
                if let Some(answer) = answer(&query[..length]) {
                    let _ = socket.send_to(&answer, client);
                }
            }
        });
        address
    }

    /// RFC 1035 section 4.1: the header, the question again, and perhaps one record.
    fn answer(query: &[u8]) -> Option<Vec<u8>> {
        let label = &query[13..13 + usize::from(query[12])];
        let question_end = 12 + query[12..].iter().position(|byte| *byte == 0)? + 5;
        let record = |rdata: &[u8]| {
            let mut record = vec![0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, rdata.len() as u8];
            record.extend(rdata);
            record
        };
        let (code, records) = match label {
            b"mail" => (0, record(&[0, 10, 0xc0, 12])),
            b"null" => (0, record(&[0, 0, 0])),
            b"parked" => (0, Vec::new()),
            b"gone" => (3, Vec::new()),
            b"broken" => (2, Vec::new()),
            _ => return None,
        };
        let count = u8::from(!records.is_empty());
        let mut out = vec![query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0];
        out.extend(&query[12..question_end]);
        out.extend(records);
        Some(out)
    }

    #[tokio::test]
    async fn domains_that_take_mail_and_those_that_do_not() {
        let resolver = Resolver::new(fake()).expect("a resolver");
        for (domain, expected) in [
            ("mail.example", Mail::Taken),
            ("mail.example.", Mail::Taken),
            ("null.example", Mail::Refused),
            ("parked.example", Mail::Refused),
            ("gone.example", Mail::NoDomain),
        ] {
            assert_eq!(resolver.mail(domain).await.expect("an answer"), expected, "{domain}");
        }
        for domain in ["broken.example", "silent.example", "not a domain"] {
            assert!(resolver.mail(domain).await.is_err(), "{domain}");
        }
    }
}
