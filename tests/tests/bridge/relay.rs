//! Carries connections to one of several servers, as a balancer does, and holds back what they say if it is told to.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A relay that runs until the process ends.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    /// How long each piece of what a client says is held back, in milliseconds.
    slow: Arc<AtomicU64>,
}

impl Relay {
    /// To servers in turn; one that does not answer is passed over.
    pub(crate) fn to(servers: Vec<SocketAddr>) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let relay = Relay {
            address: listener.local_addr().expect("it is bound"),
            slow: Arc::default(),
        };
        let slow = Arc::clone(&relay.slow);
        let next = AtomicUsize::new(0);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let first = next.fetch_add(1, Ordering::Relaxed);
                let turns = (first..first + servers.len()).map(|nr| servers[nr % servers.len()]);
                let server = turns.map(TcpStream::connect).find_map(Result::ok);
                if let Some(server) = server {
                    carry(client, server, &slow);
                }
            }
        });
        relay
    }

    /// Holds back each piece for so many milliseconds.
    pub(crate) fn slow(&self, milliseconds: u64) {
        self.slow.store(milliseconds, Ordering::SeqCst);
    }
}

fn carry(client: TcpStream, server: TcpStream, slow: &Arc<AtomicU64>) {
    let shared = |stream: &TcpStream| stream.try_clone().expect("a stream can be shared");
    let (back, there) = ((shared(&server), shared(&client)), (client, server));
    let none = Arc::new(AtomicU64::new(0));
    for ((from, to), slow) in [(there, Arc::clone(slow)), (back, none)] {
        to.set_nodelay(true).expect("it is connected");
        thread::spawn(move || {
            let _ = pieces(&from, &to, &slow);
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
}

fn pieces(mut from: impl Read, mut to: impl Write, slow: &AtomicU64) -> std::io::Result<()> {
    let mut piece = vec![0; 16 << 10];
    loop {
        let read = from.read(&mut piece)?;
        if read == 0 {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(slow.load(Ordering::SeqCst)));
        to.write_all(&piece[..read])?;
    }
}
