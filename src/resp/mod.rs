//! RESP2, the wire format of commands and replies.
//!
//! [`RequestParser`] reads commands as a server does, [`Reply`] builds answers, [`encode_command`] is the form
//! of everything in a replication stream.

use std::rc::Rc;

use crate::base::Blob;

mod reply;

pub use reply::Reply;

/// A command and its arguments.
pub type Argv = Rc<[Blob]>;
