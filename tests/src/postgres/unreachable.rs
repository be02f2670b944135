//! Every way in which a database cannot be read.

use super::Database;
use postgres::config::Host;
use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// URLs that do not work, each with a part of what is said of it; passwords are `secret`.
///
/// # Panics
///
/// If the database is not reached.
pub fn unreachable(database: &Database<'_>) -> Vec<(String, &'static str)> {
    let url = database.url(None);
    let cancelled = format!(
        "{url}{}options=-c%20statement_timeout%3D1",
        if url.contains('?') { "&" } else { "?" }
    );
    let config: postgres::Config = url.parse().expect("a URL");
    let socket = socket(&config);
    let name = config.get_dbname().expect("it has a name").to_owned();
    let cut = |many: usize| {
        let port = cut_after(&socket, many);
        format!("postgres://postgres:secret@127.0.0.1:{port}/{name}")
    };
    let at = |port: u16| format!("postgres://ann:secret@127.0.0.1:{port}/app");
    database
        .superuser()
        .batch_execute(
            "do $$ begin create role reads_blind login; exception when duplicate_object or unique_violation then null; end $$;
             grant all on schema public to reads_blind",
        )
        .expect("a role");
    let blind = database.url(Some("reads_blind"));
    database
        .superuser()
        .batch_execute("revoke select on pg_catalog.pg_policies from public")
        .expect("a superuser may");
    vec![
        (at(1), "127.0.0.1:1"),
        (
            "postgres://ann:secret@nowhere.invalid/app".to_owned(),
            "nowhere.invalid",
        ),
        ("not a url secret".to_owned(), "the URL is not valid"),
        (
            at(answering(Answer::WrongPassword)),
            "password authentication failed",
        ),
        (
            at(answering(Answer::OldVersion)),
            "Postgres 14 is not supported",
        ),
        (cut(40), "cannot be read"),
        (cut(3000), "cannot be read"),
        (cancelled, "statement timeout"),
        (blind, "permission denied"),
    ]
}

fn socket(config: &postgres::Config) -> PathBuf {
    match &config.get_hosts()[0] {
        Host::Unix(folder) => {
            let port = config.get_ports().first().copied().unwrap_or(5432);
            folder.join(format!(".s.PGSQL.{port}"))
        }
        other => panic!("{other:?}"),
    }
}

/// Passes on what is sent, and cuts the connection when the server has sent so many bytes.
fn cut_after(server: &Path, many: usize) -> u16 {
    let server = server.to_owned();
    listening(move |mut client| {
        let mut server = UnixStream::connect(&server).expect("the server is there");
        let (mut asking, mut asked) = (
            client.try_clone().expect("a handle"),
            server.try_clone().expect("a handle"),
        );
        std::thread::spawn(move || std::io::copy(&mut asking, &mut asked));
        let mut left = many;
        let mut bytes = [0; 512];
        while left > 0 {
            let read = server.read(&mut bytes).unwrap_or(0).min(left);
            if read == 0 || client.write_all(&bytes[..read]).is_err() {
                break;
            }
            left -= read;
        }
        drop(client.shutdown(std::net::Shutdown::Both));
        drop(server.shutdown(std::net::Shutdown::Both));
    })
}

/// What a server says that is no Postgres of ours.
#[derive(Clone, Copy)]
enum Answer {
    WrongPassword,
    OldVersion,
}

/// A server that speaks just enough of the protocol to refuse a password, or to be too old.
fn answering(answer: Answer) -> u16 {
    listening(move |mut client| {
        drop(serve(&mut client, answer));
    })
}

fn serve(client: &mut TcpStream, answer: Answer) -> std::io::Result<()> {
    let mut start = first(client)?;
    // It asks for TLS before it says who it is.
    if start.get(..4) == Some(&80_877_103_i32.to_be_bytes()[..]) {
        client.write_all(b"N")?;
        start = first(client)?;
    }
    assert!(!start.is_empty(), "it says who it is");
    if let Answer::WrongPassword = answer {
        let said = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"ann\"\0\0";
        return say(client, b'E', said);
    }
    say(client, b'R', &0_i32.to_be_bytes())?;
    say(client, b'Z', b"I")?;
    let mut asked = 0;
    loop {
        let mut kind = [0; 1];
        client.read_exact(&mut kind)?;
        first(client)?;
        if kind != *b"S" {
            continue;
        }
        asked += 1;
        if asked == 1 {
            say(client, b'1', b"")?;
            say(client, b't', &0_i16.to_be_bytes())?;
            // One column of the type int4, whose number is 23.
            let mut column = 1_i16.to_be_bytes().to_vec();
            column.extend(b"current_setting\0");
            column.extend([0; 6]);
            column.extend(23_i32.to_be_bytes());
            column.extend(4_i16.to_be_bytes());
            column.extend((-1_i32).to_be_bytes());
            column.extend(1_i16.to_be_bytes());
            say(client, b'T', &column)?;
        } else {
            say(client, b'2', b"")?;
            let mut row = 1_i16.to_be_bytes().to_vec();
            row.extend(4_i32.to_be_bytes());
            row.extend(140_011_i32.to_be_bytes());
            say(client, b'D', &row)?;
            say(client, b'C', b"SELECT 1\0")?;
        }
        say(client, b'Z', b"I")?;
    }
}

fn say(client: &mut TcpStream, kind: u8, body: &[u8]) -> std::io::Result<()> {
    let length = i32::try_from(body.len() + 4).expect("it is short");
    let mut message = vec![kind];
    message.extend(length.to_be_bytes());
    message.extend(body);
    client.write_all(&message)
}

/// A message without its kind.
fn first(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    client.read_exact(&mut length)?;
    let length = usize::try_from(i32::from_be_bytes(length) - 4).unwrap_or(0);
    let mut body = vec![0; length];
    client.read_exact(&mut body)?;
    Ok(body)
}

/// A port at which each client is served by a thread of its own.
fn listening(serve: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("it has one").port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let client: TcpStream = client.expect("somebody connects");
            let serve = serve.clone();
            std::thread::spawn(move || serve(client));
        }
    });
    port
}
