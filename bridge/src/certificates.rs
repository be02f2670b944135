//! The authorities that are trusted when the bridge connects to somebody through TLS.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;

/// The certificates of a PEM file, or those of the system.
///
/// # Errors
/// The file cannot be read, or contains no certificate.
pub(crate) fn trusted(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    let Some(path) = file else {
        return Ok(rustls_native_certs::load_native_certs().certs);
    };
    let unreadable = |why: String| format!("`{}` cannot be read: {why}", path.display());
    let found = CertificateDer::pem_file_iter(path).map_err(|why| unreadable(why.to_string()))?;
    let found: Vec<_> = found.flatten().collect();
    match found.is_empty() {
        true => Err(unreadable("it contains no certificate".to_owned())),
        false => Ok(found),
    }
}
