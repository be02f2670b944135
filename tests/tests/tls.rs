//! Databases are reached through TLS as libpq reaches them, and what stands in the way is one sentence.

use std::fs;
use std::net::TcpListener;

use tests::binary::runs;
use tests::certificates::{Certificates, certificates};
use tests::postgres::Cluster;

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("it has one").port()
}

/// A cluster that anybody with a password reaches, by TLS alone where it has a certificate.
fn cluster(port: u16, certificate: Option<&Certificates>) -> Cluster {
    let ssl = match certificate {
        Some(_) => "ssl = on\nssl_cert_file = '../server.pem'\nssl_key_file = '../server.key'\n",
        None => "",
    };
    let settings = format!("hba_file = 'hba.conf'\n{ssl}");
    let hosts = match certificate {
        Some(_) => "hostssl",
        None => "host",
    };
    let hba = format!(
        "local all postgres trust\nhost all postgres 127.0.0.1/32 trust\n{hosts} all ann 127.0.0.1/32 scram-sha-256\n"
    );
    let Certificates { server, key, .. } = certificate.cloned().unwrap_or_default();
    let cluster = Cluster::listening(
        port,
        &settings,
        &[
            ("hba.conf", &hba),
            ("server.pem", &server),
            ("server.key", &key),
        ],
    );
    cluster
        .database("tls")
        .apply_setup("create role ann login password 'secret'")
        .expect("a role");
    cluster
}

#[test]
fn what_libpq_calls_its_modes_works_and_what_is_wrong_is_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    runs(folder, &["init"], 0);
    runs(folder, &["migrate", "--name", "init"], 0);
    let trusted = certificates(&["localhost"]);
    let others = certificates(&["localhost"]);
    for (name, text) in [
        ("ca.pem", &trusted.authority),
        ("others.pem", &others.authority),
    ] {
        fs::write(folder.join(name), text).expect("it is written");
    }
    let (port, plain) = (free_port(), free_port());
    let _tls = cluster(port, Some(&trusted));
    let _plain = cluster(plain, None);
    let status = |user: &str, host: &str, port: u16, more: &str, code| {
        let url = format!("postgres://{user}@{host}:{port}/postgres?{more}");
        let told = runs(folder, &["status", "--database-url", &url], code);
        assert!(!told.contains("secret"), "{told}");
        told
    };
    let ann = "ann:secret";
    // The database is reached, and holds nothing of the ledger.
    for (host, more) in [
        ("localhost", ""),
        ("127.0.0.1", "sslmode=require"),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=ca.pem"),
        ("localhost", "sslmode=verify-full&sslrootcert=ca.pem"),
    ] {
        let told = status(ann, host, port, more, 0);
        assert!(told.contains("  pending\n"), "{more}: {told}");
    }
    let closed = free_port();
    for (user, host, to, more, sentence) in [
        (
            ann,
            "127.0.0.1",
            port,
            "sslmode=verify-full&sslrootcert=ca.pem",
            format!("the certificate of `127.0.0.1:{port}` is not trusted: it is of another host"),
        ),
        (
            ann,
            "localhost",
            port,
            "sslmode=verify-full&sslrootcert=others.pem",
            format!(
                "the certificate of `localhost:{port}` is not trusted: nobody who is trusted has signed it"
            ),
        ),
        (
            ann,
            "localhost",
            port,
            "sslmode=verify-ca",
            format!(
                "the certificate of `localhost:{port}` is not trusted: nobody who is trusted has signed it"
            ),
        ),
        (
            ann,
            "localhost",
            port,
            "sslmode=verify-full&sslrootcert=missing.pem",
            format!(
                "the certificate of `localhost:{port}` is not trusted: nobody who is trusted has signed it"
            ),
        ),
        (
            ann,
            "localhost",
            plain,
            "sslmode=require",
            format!("`localhost:{plain}` does not support TLS"),
        ),
        (
            "ann:wrong",
            "localhost",
            port,
            "sslmode=require",
            format!(
                "`localhost:{port}` refuses the connection: password authentication failed for user \"ann\""
            ),
        ),
        (
            ann,
            "localhost",
            port,
            "sslmode=disable",
            format!(
                "`localhost:{port}` refuses the connection: no pg_hba.conf entry for host \"127.0.0.1\", user \"ann\", database \"postgres\", no encryption"
            ),
        ),
        (
            ann,
            "localhost",
            closed,
            "sslmode=require",
            format!("`localhost:{closed}` does not answer: "),
        ),
        (
            ann,
            "no.such.host.invalid",
            port,
            "",
            format!("`no.such.host.invalid:{port}` does not answer: "),
        ),
        (
            ann,
            "localhost",
            port,
            "sslmode=maybe",
            "the URL is not valid: ".to_owned(),
        ),
    ] {
        let told = status(user, host, to, more, 3);
        let sentence = format!("error[E010]: the database cannot be read: {sentence}");
        assert!(told.contains(&sentence), "{more}: {told}\n{sentence}");
    }
}
