//! The furniture: top bar, transport, notices, shortcuts, icons.

pub mod dialog;
pub mod icon;
pub mod keys;
pub mod panes;
pub mod shortcuts;
pub mod top;
pub mod transport;
pub mod voice;
