//! What stands in for TLS where the feature `tls` is off.

use super::connect::Verified;
use ::postgres::{Client, Config, Error, NoTls};

/// Connects without TLS.
pub(super) fn connect(config: &Config, _: Verified, _: Option<&str>) -> Result<Client, Error> {
    config.connect(NoTls)
}

/// Nobody is asked for a certificate.
pub(super) fn distrust(_: &Error) -> Option<String> {
    None
}
