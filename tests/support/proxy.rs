//! A TCP link between a replica and its master that can be cut and healed, and that remembers what passed.
//!
//! The replica is told the proxy's port. A cut closes every connection and every new one at once, as a reset
//! does; nothing that is under way arrives.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The link. It lives as long as the value; its threads end with their connections.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    cut: bool,
    open: Vec<TcpStream>,
    to_replica: Vec<u8>,
    to_master: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Way {
    ToMaster,
    ToReplica,
}

impl Proxy {
    /// A link to the server on `master_port`.
    pub fn to(master_port: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let shared = Arc::new(Mutex::new(Shared::default()));
        let seen = shared.clone();
        thread::spawn(move || {
            for replica in listener.incoming().flatten() {
                connect(replica, master_port, &seen);
            }
        });
        Proxy { port, shared }
    }

    /// Breaks every connection, and refuses new ones until [`Proxy::heal`].
    pub fn cut(&self) {
        let mut shared = self.shared.lock().unwrap();
        shared.cut = true;
        for stream in shared.open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Lets connections through again.
    pub fn heal(&self) {
        self.shared.lock().unwrap().cut = false;
    }

    /// What the master has sent since this was asked last.
    pub fn take_from_master(&self) -> Vec<u8> {
        std::mem::take(&mut self.shared.lock().unwrap().to_replica)
    }

    /// What the replica has sent since this was asked last.
    pub fn take_from_replica(&self) -> Vec<u8> {
        std::mem::take(&mut self.shared.lock().unwrap().to_master)
    }

    /// Whether the master has sent `text` since the last take.
    pub fn master_said(&self, text: &str) -> bool {
        let shared = self.shared.lock().unwrap();
        shared.to_replica.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

fn connect(replica: TcpStream, master_port: u16, shared: &Arc<Mutex<Shared>>) {
    let mut guard = shared.lock().unwrap();
    if guard.cut {
        return;
    }
    let Ok(master) = TcpStream::connect(("127.0.0.1", master_port)) else { return };
    for stream in [&replica, &master] {
        let _ = stream.set_nodelay(true);
        guard.open.push(stream.try_clone().expect("a socket can be cloned"));
    }
    drop(guard);
    let (replica_too, master_too) = (
        replica.try_clone().expect("a socket can be cloned"),
        master.try_clone().expect("a socket can be cloned"),
    );
    let (one, other) = (shared.clone(), shared.clone());
    thread::spawn(move || pump(replica, master, Way::ToMaster, &one));
    thread::spawn(move || pump(master_too, replica_too, Way::ToReplica, &other));
}

/// Carries bytes one way until either end closes or the link is cut.
fn pump(mut from: TcpStream, mut to: TcpStream, way: Way, shared: &Mutex<Shared>) {
    let mut chunk = [0; 65536];
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        let mut shared = shared.lock().unwrap();
        if shared.cut {
            break;
        }
        match way {
            Way::ToMaster => shared.to_master.extend_from_slice(&chunk[..count]),
            Way::ToReplica => shared.to_replica.extend_from_slice(&chunk[..count]),
        }
        drop(shared);
        if to.write_all(&chunk[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
