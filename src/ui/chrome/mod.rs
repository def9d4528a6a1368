//! The furniture: top bar, transport, notices, the frame of dialogs, single-key shortcuts, icons.

pub mod dialog;
pub mod icon;
pub mod keys;
pub mod panes;
pub mod top;
pub mod transport;
pub mod voice;
