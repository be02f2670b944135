//! TLS, as libpq offers it: without a look at the certificate, with its issuer, or with the host too.

use super::connect::Verified;
use ::postgres::{Client, Config, Error};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use std::error::Error as _;
use std::io;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connects, through TLS where the URL or the server asks for it.
pub(super) fn connect(
    config: &Config,
    verified: Verified,
    roots: Option<&str>,
) -> Result<Client, Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier {
        trusted: match verified {
            Verified::Nobody => None,
            Verified::Issuer | Verified::Host => trusted(roots, &provider),
        },
        verified,
        provider: Arc::clone(&provider),
    };
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the versions of TLS that are safe")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.connect(MakeRustlsConnect::new(client))
}

/// Trusts the certificates in the file, or else those of the system. `None` if neither has a certificate.
fn trusted(
    roots: Option<&str>,
    provider: &Arc<CryptoProvider>,
) -> Option<Arc<WebPkiServerVerifier>> {
    let mut store = RootCertStore::empty();
    match roots {
        Some(path) => {
            let certificates = CertificateDer::pem_file_iter(path).ok()?;
            store.add_parsable_certificates(certificates.flatten());
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
        .build()
        .ok()
}

/// Why the certificate was rejected, if that made the connection fail.
pub(super) fn distrust(error: &Error) -> Option<String> {
    let rustls::Error::InvalidCertificate(why) = inside::<rustls::Error>(error)? else {
        return None;
    };
    Some(match why {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "nobody who is trusted has signed it".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is of another host".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        other => other.to_string(),
    })
}

/// The error inside of one of input and output.
fn inside<E: std::error::Error + 'static>(error: &Error) -> Option<&E> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>();
        source = match inner.and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// Looks at a certificate as far as was asked for; who signs must hold its key in any case.
#[derive(Debug)]
struct Verifier {
    trusted: Option<Arc<WebPkiServerVerifier>>,
    verified: Verified,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verify = || match &self.trusted {
            Some(trusted) => trusted.verify_server_cert(certificate, chain, host, ocsp, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        match (self.verified, verify) {
            (Verified::Nobody, _) => Ok(ServerCertVerified::assertion()),
            (Verified::Host, verify) => verify(),
            (Verified::Issuer, verify) => match verify() {
                // The name is looked at last.
                Err(rustls::Error::InvalidCertificate(
                    CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. },
                )) => Ok(ServerCertVerified::assertion()),
                answer => answer,
            },
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}
