//! Certificates of an authority that only a test knows.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// What an authority has signed, as PEM.
#[derive(Clone, Debug, Default)]
pub struct Certificates {
    /// The certificate of the authority, for whoever is to trust it.
    pub authority: String,
    /// The certificate of the server.
    pub server: String,
    /// The key of the server.
    pub key: String,
}

/// A new authority, and the certificate of a server of these hosts.
///
/// # Panics
///
/// If a host is none.
pub fn certificates(hosts: &[&str]) -> Certificates {
    let key = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::new(Vec::<String>::new()).expect("no names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let own = authority.self_signed(&key).expect("a certificate");
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().expect("a key");
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let server = CertificateParams::new(hosts).expect("names");
    let server = server.signed_by(&key, &issuer).expect("a certificate");
    Certificates {
        authority: own.pem(),
        server: server.pem(),
        key: key.serialize_pem(),
    }
}
