//! A proxy in front of Postgres that cuts a connection at a message of the protocol.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use tests::postgres::{Cluster, Database};

/// When a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cut {
    /// The message does not reach the other side.
    Before,
    /// It does, and its answer does not come back.
    Behind,
}

/// A proxy that runs until the process ends.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    /// Messages until the cut; negative once it was made, or while none is wanted.
    left: Arc<AtomicI64>,
    behind: Arc<AtomicI64>,
}

impl Proxy {
    /// In front of the tests' own cluster.
    pub(crate) fn start() -> Proxy {
        let folder = Cluster::shared()
            .folder()
            .expect("the tests run their own Postgres");
        let socket = folder.join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let proxy = Proxy {
            address: listener.local_addr().expect("it is bound"),
            left: Arc::new(AtomicI64::new(-1)),
            behind: Arc::default(),
        };
        let (left, behind) = (Arc::clone(&proxy.left), Arc::clone(&proxy.behind));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                carry(stream, socket.clone(), &left, &behind);
            }
        });
        proxy
    }

    /// The URL of a database behind it.
    pub(crate) fn url(&self, database: &Database<'_>, user: &str) -> String {
        format!(
            "postgres://{user}@{}/{}?sslmode=disable",
            self.address,
            database.name()
        )
    }

    /// Cuts at the message of this number, counted from now in both directions.
    pub(crate) fn cut(&self, number: i64, cut: Cut) {
        self.behind
            .store(i64::from(cut == Cut::Behind), Ordering::SeqCst);
        self.left.store(number, Ordering::SeqCst);
    }

    /// Whether the cut was made.
    pub(crate) fn has_cut(&self) -> bool {
        self.left.load(Ordering::SeqCst) < 0
    }

    /// Cuts no more.
    pub(crate) fn heal(&self) {
        self.left.store(-1, Ordering::SeqCst);
    }
}

fn carry(client: TcpStream, socket: PathBuf, left: &Arc<AtomicI64>, behind: &Arc<AtomicI64>) {
    let Ok(server) = UnixStream::connect(socket) else {
        return;
    };
    // Small messages are sent at once.
    client.set_nodelay(true).expect("it is connected");
    let ends = move |client: &TcpStream, server: &UnixStream| {
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    };
    let pair = |client: &TcpStream, server: &UnixStream| {
        (
            client.try_clone().expect("a stream can be shared"),
            server.try_clone().expect("a stream can be shared"),
        )
    };
    let (one, other) = (pair(&client, &server), pair(&client, &server));
    let (there, back) = (
        (Arc::clone(left), Arc::clone(behind)),
        (Arc::clone(left), Arc::clone(behind)),
    );
    thread::spawn(move || {
        let (client, server) = one;
        let _ = messages(&client, &server, true, &there.0, &there.1);
        ends(&client, &server);
    });
    thread::spawn(move || {
        let (client, server) = other;
        let _ = messages(&server, &client, false, &back.0, &back.1);
        ends(&client, &server);
    });
}

/// Carries message by message; the first one of a client has no type.
fn messages(
    mut from: impl Read,
    mut to: impl Write,
    mut is_startup: bool,
    left: &AtomicI64,
    behind: &AtomicI64,
) -> std::io::Result<()> {
    loop {
        let mut message = vec![0; if is_startup { 4 } else { 5 }];
        from.read_exact(&mut message)?;
        let length =
            u32::from_be_bytes(message[message.len() - 4..].try_into().expect("four bytes"));
        let start = message.len();
        message.resize(start + length as usize - 4, 0);
        from.read_exact(&mut message[start..])?;
        is_startup = false;
        // Of all that wait, exactly one is the one that is cut at.
        let is_cut = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            (left >= 0).then_some(left - 1)
        });
        if is_cut == Ok(0) {
            if behind.load(Ordering::SeqCst) == 1 {
                to.write_all(&message)?;
                to.flush()?;
            }
            return Err(ErrorKind::ConnectionReset.into());
        }
        to.write_all(&message)?;
    }
}
