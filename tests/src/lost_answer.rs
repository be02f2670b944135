//! A proxy in front of Postgres that loses the answer to a commit: the server has committed, and the client never hears of it.

use std::io::{Read, Result, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::postgres::{Cluster, Database};

/// A proxy that runs until the process ends.
#[derive(Debug)]
pub struct LostAnswer {
    address: SocketAddr,
    told: Arc<Told>,
}

/// What both directions know.
#[derive(Debug)]
struct Told {
    /// What the client sends shortly before it waits for the commit.
    marker: &'static str,
    /// Whether the client has sent it, and the answer was not lost yet.
    is_due: AtomicBool,
    lost: AtomicUsize,
}

impl LostAnswer {
    /// In front of the tests' own cluster.
    ///
    /// Once a client has sent the marker, the next answer after which the server is in no transaction is lost, with the
    /// connection.
    ///
    /// # Panics
    ///
    /// Without a cluster of the tests' own.
    pub fn after(marker: &'static str) -> Self {
        let folder = Cluster::shared()
            .folder()
            .expect("the tests run their own Postgres");
        let socket = folder.join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let told = Arc::new(Told {
            marker,
            is_due: AtomicBool::new(false),
            lost: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&told);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let _ = carry(&client, &socket, &shared);
            }
        });
        Self { address, told }
    }

    /// The URL of a database behind it.
    pub fn url(&self, database: &Database<'_>, user: &str) -> String {
        let name = database.name();
        format!("postgres://{user}@{}/{name}?sslmode=disable", self.address)
    }

    /// How many answers were lost.
    pub fn lost(&self) -> usize {
        self.told.lost.load(Ordering::SeqCst)
    }
}

fn carry(client: &TcpStream, socket: &PathBuf, told: &Arc<Told>) -> Result<()> {
    let server = UnixStream::connect(socket)?;
    client.set_nodelay(true)?;
    let (asks, asked) = (client.try_clone()?, server.try_clone()?);
    let of_client = Arc::clone(told);
    thread::spawn(move || {
        let _ = questions(&asks, &asked, &of_client);
        let _ = asked.shutdown(Shutdown::Both);
    });
    let (client, of_server) = (client.try_clone()?, Arc::clone(told));
    thread::spawn(move || {
        let _ = answers(&server, &client, &of_server);
        let _ = client.shutdown(Shutdown::Both);
    });
    Ok(())
}

fn questions(mut client: &TcpStream, mut server: &UnixStream, told: &Told) -> Result<()> {
    let marker = told.marker.as_bytes();
    let mut chunk = vec![0; 1 << 16];
    // The end of what was sent, in which the marker may begin.
    let mut tail: Vec<u8> = Vec::new();
    loop {
        let length = client.read(&mut chunk)?;
        if length == 0 {
            return Ok(());
        }
        tail.extend(&chunk[..length]);
        if tail.windows(marker.len()).any(|window| window == marker) {
            told.is_due.store(true, Ordering::SeqCst);
            tail.clear();
        }
        tail.drain(..tail.len().saturating_sub(marker.len()));
        server.write_all(&chunk[..length])?;
    }
}

/// Carries what the server says, up to each time that it is ready for more.
fn answers(mut server: &UnixStream, mut client: &TcpStream, told: &Told) -> Result<()> {
    let mut answer: Vec<u8> = Vec::new();
    loop {
        let start = answer.len();
        answer.resize(start + 5, 0);
        server.read_exact(&mut answer[start..])?;
        let kind = answer[start];
        let length = answer[start + 1..].try_into().expect("four bytes");
        let end = start + 1 + u32::from_be_bytes(length) as usize;
        answer.resize(end, 0);
        server.read_exact(&mut answer[start + 5..])?;
        let is_ready = kind == b'Z';
        let is_idle = is_ready && answer[end - 1] == b'I';
        if is_idle && told.is_due.swap(false, Ordering::SeqCst) {
            told.lost.fetch_add(1, Ordering::SeqCst);
            return Ok(());
        }
        // While it is due, an answer is kept until it is known not to be that of the commit.
        if is_ready || !told.is_due.load(Ordering::SeqCst) {
            client.write_all(&answer)?;
            answer.clear();
        }
    }
}
