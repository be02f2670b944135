//! Through TLS the bridge talks to whom its settings trust, and to nobody else: Postgres, and the issuer of tokens.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;
use tests::cases::workspace;
use tests::certificates::{Certificates, certificates};
use tests::postgres::Cluster;

use crate::bridge::app::{ANN, Access, Bridge, PHONE, database, database_in, run, statuses};
use crate::bridge::auth::{Signer, claims, status};
use crate::bridge::uploads::list;

const LIST: &str = "10000000-0000-4000-8000-000000000001";

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("it has one").port()
}

/// A cluster that the bridge's role reaches with a password, through TLS alone where there are certificates.
fn cluster(port: u16, of: Option<&Certificates>) -> Cluster {
    let (ssl, host) = match of {
        Some(_) => (
            "ssl = on\nssl_cert_file = '../server.pem'\nssl_key_file = '../server.key'\n",
            "hostssl",
        ),
        None => ("", "host"),
    };
    let hba = format!(
        "local all all trust\n{host} all bridge_role 127.0.0.1/32 scram-sha-256\nhost all bridge_role 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 trust\n"
    );
    let Certificates { server, key, .. } = of.cloned().unwrap_or_default();
    Cluster::listening(
        port,
        &format!("hba_file = 'hba.conf'\n{ssl}"),
        &[
            ("hba.conf", &hba),
            ("server.pem", &server),
            ("server.key", &key),
        ],
    )
}

/// What `bridge check` says with settings, and its exit code.
fn check(folder: &Path, settings: &str) -> (i32, String) {
    let config = folder.join("bridge.toml");
    fs::write(&config, settings).expect("it is written");
    let output = Command::new(env!("CARGO_BIN_EXE_bridge-as-tested"))
        .args(["check", "--schema"])
        .arg(workspace().join("schema"))
        .arg("--config")
        .arg(&config)
        .output()
        .expect("it starts");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[test]
fn postgres_is_reached_through_tls_if_its_certificate_is_trusted_and_of_its_host() {
    let folder = tempfile::tempdir().expect("a folder");
    let (trusted, others) = (certificates(&["localhost"]), certificates(&["localhost"]));
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("it is written");
        path.display().to_string()
    };
    let trusts = file("ca.pem", &trusted.authority);
    let trusts_others = file("others.pem", &others.authority);
    let empty = file("empty.pem", "nothing");
    let (port, plain_port) = (free_port(), free_port());
    let (secure, plain) = (cluster(port, Some(&trusted)), cluster(plain_port, None));
    let [secure, plain] = [&secure, &plain].map(|cluster| {
        let database = database_in(cluster, "bridge_tls", &workspace().join("schema"));
        run(&database, "alter role bridge_role password 'pass-word'");
        database
    });
    let url = |host: &str, port: u16, name: &str| {
        format!("postgres://bridge_role:pass-word@{host}:{port}/{name}?sslmode=require")
    };
    let good = url("localhost", port, secure.name());
    let issuer =
        "[[issuer]]\nsecret = 'a secret that only the tests know'\naudience = ['authenticated']\n";
    let of = |url: &str, certificates: &str| {
        let settings =
            format!("{issuer}[database]\nurl = '{url}'\ncertificates = '{certificates}'\n");
        let (code, text) = check(folder.path(), &settings);
        assert!(!text.contains("pass-word"), "{text}");
        (code, text)
    };
    let takes = (0, "the bridge can take uploads\n".to_owned());
    assert_eq!(of(&good, &trusts), takes);
    for (why, url, certificates) in [
        ("signed by somebody else", good.clone(), &trusts_others),
        (
            "another host",
            url("127.0.0.1", port, secure.name()),
            &trusts,
        ),
        (
            "no TLS",
            url("localhost", plain_port, plain.name()),
            &trusts,
        ),
    ] {
        let (code, text) = of(&url, certificates);
        assert!(
            code == 5 && text.contains("no connection can be opened"),
            "{why}: {code} {text}"
        );
    }
    let (code, text) = of(&good, &empty);
    assert!(
        code != 0 && text.contains("it contains no certificate"),
        "{code}: {text}"
    );
    let bridge = Bridge::start_with(
        &good,
        Access::RowSecurity,
        "",
        &format!("certificates = '{trusts}'\n"),
    );
    let upload = json!([{"transaction_id": 1, "crud": [list(LIST, "Groceries")]}]);
    assert_eq!(statuses(&bridge.upload(ANN, PHONE, upload)), ["success"]);
}

/// Answers each request through TLS with the same bytes, and gives the port.
fn serve(of: &Certificates, answer: String) -> u16 {
    let certificate = CertificateDer::from_pem_slice(of.server.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(of.key.as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("they fit");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("it is set up");
            // A client that does not trust it goes away, which is no failure of the server.
            let _ = reply(StreamOwned::new(connection, stream), &answer);
        }
    });
    port
}

fn reply(
    mut stream: StreamOwned<ServerConnection, TcpStream>,
    answer: &str,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(&mut stream).lines();
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    stream.write_all(answer.as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// An answer with a body and another line in its head.
fn http(status: &str, line: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\n{line}Content-Length: {length}\r\n\r\n{body}"
    )
}

#[test]
fn keys_are_fetched_through_tls_if_the_issuer_is_trusted_and_never_from_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let (trusted, others) = (certificates(&["localhost"]), certificates(&["localhost"]));
    let trusts = folder.path().join("ca.pem");
    fs::write(&trusts, &trusted.authority).expect("it is written");
    let signer = Signer::new("one");
    let keys = http("200 OK", "", &json!({ "keys": [signer.jwk] }).to_string());
    let good = serve(&trusted, keys.clone());
    let untrusted = serve(&others, keys.clone());
    let plain = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let location = format!(
        "Location: http://{}/jwks.json\r\n",
        plain.local_addr().expect("it is bound")
    );
    thread::spawn(move || {
        for mut stream in plain.incoming().map_while(Result::ok) {
            let _ = stream.write_all(keys.as_bytes());
        }
    });
    let redirects = serve(&trusted, http("302 Found", &location, ""));
    let database = database("bridge_jwks_tls");
    for (port, host, certificates, wanted) in [
        (good, "localhost", Some(&trusts), 200),
        (good, "127.0.0.1", Some(&trusts), 503),
        (good, "localhost", None, 503),
        (untrusted, "localhost", Some(&trusts), 503),
        // Somebody between the bridge and a server without TLS could put keys of his own there.
        (redirects, "localhost", Some(&trusts), 503),
    ] {
        let trusts = certificates.map_or_else(String::new, |path| {
            format!("certificates = '{}'\n", path.display())
        });
        let settings = format!(
            "[[issuer]]\njwks = 'https://{host}:{port}/jwks.json'\naudience = ['authenticated']\n{trusts}"
        );
        let bridge = Bridge::start(
            &database.login_url("bridge_role"),
            Access::RowSecurity,
            &settings,
        );
        let found = status(&bridge, &signer.sign(&claims()));
        assert_eq!(found.0, wanted, "{settings}: {}", found.1);
    }
    let (code, text) = check(
        folder.path(),
        "[database]\nurl = 'postgres://a@localhost/b'\n[[issuer]]\nsecret = 'a'\naudience = ['authenticated']\ncertificates = 'ca.pem'\n",
    );
    assert!(
        code != 0 && text.contains("`certificates` is for `jwks`"),
        "{code}: {text}"
    );
}
