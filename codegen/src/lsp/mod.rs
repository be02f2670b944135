//! A language server: what `check` says of a declaration, and what is known of its names, while somebody types.
//!
//! It talks over standard input and output, and writes no file: a rename comes back as edits for the editor.
//! The messages are read by `lsp-server`; the few structures of the protocol that are needed are in [`protocol`].

mod completion;
mod cursor;
mod definition;
mod expression;
mod fixes;
mod hover;
mod index;
mod lines;
mod protocol;
mod published;
mod rename;
mod session;
mod symbol;
mod uri;
mod workspace;

use lsp_server::Message;
use session::{Incoming, Session};
use std::io::{self, ErrorKind};
use std::sync::mpsc::{self, Sender};
use std::thread;

/// Serves one editor until it says `exit` or closes the standard input; whether it said goodbye before.
///
/// # Errors
///
/// The editor does not read what it is answered.
pub fn serve() -> io::Result<bool> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || listen(&sender));
    Session::new(io::stdout().lock()).run(&receiver)
}

/// Reads messages to the end of the input. For a message that is not JSON, it passes on the error.
fn listen(sender: &Sender<Incoming>) {
    let mut input = io::stdin().lock();
    loop {
        let incoming = match Message::read(&mut input) {
            Ok(Some(message)) => Incoming::Message(message),
            Ok(None) => return,
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Incoming::Malformed(error.to_string())
            }
            Err(_) => return,
        };
        if sender.send(incoming).is_err() {
            return;
        }
    }
}
