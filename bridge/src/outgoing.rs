//! Requests that the bridge sends: for the keys of an issuer, and to the service that keeps objects.

use crate::certificates;
use std::path::Path;
use std::time::Duration;
use ureq::tls::{Certificate, TlsConfig};

/// What happens to an answer that leads elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redirects {
    /// The request is sent there.
    Followed,
    /// It is an answer like any other: what is sent holds a secret.
    Refused,
}

/// What asks the server of a URL, which is trusted by the certificates of a file, or else by those of the system.
///
/// # Errors
/// The file cannot be read, or contains no certificate.
pub(crate) fn agent(
    url: &str,
    certificates: Option<&Path>,
    patience: Duration,
    redirects: Redirects,
) -> Result<ureq::Agent, String> {
    let trusted = certificates::trusted(certificates)?;
    let trusted = trusted
        .iter()
        .map(|one| Certificate::from_der(one).to_owned());
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(patience))
        // What was asked for by TLS is not taken from anywhere else.
        .https_only(url.starts_with("https:"))
        .http_status_as_error(false)
        .max_redirects(match redirects {
            Redirects::Followed => 10,
            Redirects::Refused => 0,
        })
        .tls_config(TlsConfig::builder().root_certs(trusted.into()).build())
        .build();
    Ok(ureq::Agent::new_with_config(config))
}
