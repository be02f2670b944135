//! A connection to a database: what the URL says of TLS, and one sentence where it fails.

use crate::diagnostic::{DATABASE_UNREACHABLE, Diagnostic};
use ::postgres::config::Host;
use ::postgres::{Client, Config, Error};
use std::error::Error as _;
use std::time::Duration;

/// How long a server may take to answer, where the URL does not say it (`connect_timeout`).
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verified {
    /// `disable`, `prefer`, `require`: whoever answers.
    Nobody,
    /// `verify-ca`: somebody whose certificate is trusted.
    Issuer,
    /// `verify-full`: the host of the URL.
    Host,
}

/// What a URL says of certificates, as libpq reads it, and what is left of it.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    url: String,
    verified: Verified,
    /// The file of the certificates that are trusted; those of the system without one.
    roots: Option<String>,
}

impl Asked {
    fn of(url: &str) -> Self {
        let (url, roots) = without(url, "sslrootcert");
        let roots = roots.filter(|roots| roots != "system");
        let (rest, mode) = without(&url, "sslmode");
        let verified = match mode.as_deref() {
            Some("verify-ca") => Verified::Issuer,
            Some("verify-full") => Verified::Host,
            _ => {
                return Self {
                    url,
                    verified: Verified::Nobody,
                    roots,
                };
            }
        };
        let url = match (rest.contains("://"), rest.contains('?')) {
            (false, _) => format!("{rest} sslmode=require"),
            (true, true) => format!("{rest}&sslmode=require"),
            (true, false) => format!("{rest}?sslmode=require"),
        };
        Self {
            url,
            verified,
            roots,
        }
    }
}

/// A URL, or a list of `key=value`, without one of its parameters, and that.
fn without(text: &str, key: &str) -> (String, Option<String>) {
    let (start, parameters, separator) = match text.split_once('?') {
        Some((start, parameters)) if text.contains("://") => (start, parameters, '&'),
        _ if text.contains("://") => return (text.to_owned(), None),
        _ => ("", text, ' '),
    };
    let mut found = None;
    let mut kept = Vec::new();
    for parameter in parameters.split(separator) {
        match parameter.split_once('=') {
            Some((name, value)) if name.trim() == key => found = Some(decoded(value.trim())),
            _ => kept.push(parameter),
        }
    }
    let kept = kept.join(&separator.to_string());
    let text = match (start.is_empty(), kept.is_empty()) {
        (true, _) => kept,
        (false, true) => start.to_owned(),
        (false, false) => format!("{start}?{kept}"),
    };
    (text, found)
}

/// A value of a URL.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let [byte, after @ ..] = rest {
        let hex = after.get(..2).and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        (rest, _) = match (byte, hex) {
            (b'%', Some(decoded)) => (&after[2..], bytes.push(decoded)),
            _ => (after, bytes.push(*byte)),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Connects to the database of a URL, which holds a password: no message repeats it.
pub(super) fn connect(url: &str) -> Result<Client, Diagnostic> {
    let asked = Asked::of(url);
    let mut config: Config = asked.url.parse().map_err(|error: Error| {
        unreachable(format!("the URL is not valid: {}", told(&error)))
            .help("write it as `postgres://user:password@localhost:5432/app`")
    })?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    let mut client = super::tls::connect(&config, asked.verified, asked.roots.as_deref())
        .map_err(|error| failed(&config, &error))?;
    let version = client
        .query_one(
            "select pg_catalog.current_setting('server_version_num')::int4",
            &[],
        )
        .map_err(|error| refused(&error))?;
    supported(version.get(0))?;
    Ok(client)
}

/// Refuses a server whose catalog this program does not know.
fn supported(version: i32) -> Result<(), Diagnostic> {
    match version / 10_000 {
        15.. => Ok(()),
        older => Err(unreachable(format!(
            "Postgres {older} is not supported; the oldest supported version is 15"
        ))),
    }
}

fn unreachable(why: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        DATABASE_UNREACHABLE,
        format!("the database cannot be read: {why}"),
    )
}

/// What a query or a transaction failed of.
pub(super) fn refused(error: &Error) -> Diagnostic {
    unreachable(told(error)).help("check the rights of the role in `--database-url`")
}

/// Says why the connection failed.
fn failed(config: &Config, error: &Error) -> Diagnostic {
    let server = server(config);
    if let Some(error) = error.as_db_error() {
        return unreachable(format!(
            "{server} refuses the connection: {}",
            error.message()
        ))
        .help("check the user, the password and the name of the database in `--database-url`");
    }
    if let Some(why) = super::tls::distrust(error) {
        return unreachable(format!("the certificate of {server} is not trusted: {why}"))
            .help("name a file of trusted certificates: `sslrootcert=ca.pem`")
            .help("or encrypt without asking who answers: `sslmode=require`");
    }
    let why = told(error);
    // The package has no other way to tell.
    match error.to_string().contains("TLS") {
        true if why.contains("server does not support TLS") => {
            unreachable(format!("{server} does not support TLS"))
                .help("remove `sslmode` if the connection may be read on its way")
        }
        true => unreachable(format!("TLS with {server} failed: {why}"))
            .help("check `sslmode` and `sslrootcert` in `--database-url`"),
        false => unreachable(format!("{server} does not answer: {why}"))
            .help("check the host and the port in `--database-url`, and that the server runs"),
    }
}

/// The innermost reason.
fn told(error: &Error) -> String {
    if let Some(error) = error.as_db_error() {
        return error.message().to_owned();
    }
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// The server of a URL, for a reader.
fn server(config: &Config) -> String {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    match config.get_hosts().first() {
        Some(Host::Tcp(name)) => format!("`{name}:{port}`"),
        Some(Host::Unix(path)) => format!("`{}`", path.display()),
        None => "the server".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_is_refused_by_its_version() {
        assert_eq!(supported(150_004), Ok(()));
        assert_eq!(supported(180_001), Ok(()));
        let refused = supported(140_011).expect_err("too old");
        assert!(refused.message.contains("Postgres 14"), "{refused:?}");
    }

    #[test]
    fn what_a_url_says_of_certificates_is_read_and_the_rest_left() {
        let asked = |url: &str, verified, roots: Option<&str>| Asked {
            url: url.to_owned(),
            verified,
            roots: roots.map(str::to_owned),
        };
        for (url, expected) in [
            (
                "postgres://a:b@h/d?sslmode=verify-full&sslrootcert=%2Fca%20x.pem&connect_timeout=3",
                asked(
                    "postgres://a:b@h/d?connect_timeout=3&sslmode=require",
                    Verified::Host,
                    Some("/ca x.pem"),
                ),
            ),
            (
                "postgres://a@h/d?sslmode=verify-ca",
                asked("postgres://a@h/d?sslmode=require", Verified::Issuer, None),
            ),
            (
                "postgres://a@h/d?sslmode=require&sslrootcert=system",
                asked("postgres://a@h/d?sslmode=require", Verified::Nobody, None),
            ),
            (
                "host=h sslmode=verify-full dbname=d",
                asked("host=h dbname=d sslmode=require", Verified::Host, None),
            ),
            (
                "postgres://a@h/d",
                asked("postgres://a@h/d", Verified::Nobody, None),
            ),
        ] {
            assert_eq!(Asked::of(url), expected, "{url}");
        }
    }
}
