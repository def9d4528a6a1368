//! ACL: only which commands the user `default` may not run, which is enough to make a peer refuse one (`acl.c`).

use crate::node::{ConnId, Node};
use crate::resp::{Argv, Reply};

const RULES: &str = "ERR unsupported in Resync: ACL beyond +command and -command of the user default";

pub(super) fn acl(node: &mut Node, _: ConnId, argv: &Argv, reply: &mut Reply) {
    match argv[1].to_ascii_lowercase().as_slice() {
        b"whoami" if argv.len() == 2 => reply.bulk("default"),
        b"setuser" if argv.len() > 2 && &*argv[2] == b"default" => set_default_user(node, &argv[3..], reply),
        _ => reply.error(RULES),
    }
}

/// All rules or, when one is wrong, none.
fn set_default_user(node: &mut Node, rules: &[crate::base::Blob], reply: &mut Reply) {
    let mut denied = node.denied.clone();
    for rule in rules {
        let (sign, name) = rule.split_at(rule.len().min(1));
        if !matches!(sign, b"+" | b"-") || name.starts_with(b"@") || name.contains(&b'|') {
            return reply.error(RULES);
        }
        let Some(found) = node.find(name) else {
            let rule = String::from_utf8_lossy(rule);
            return reply.error(format!(
                "ERR Error in ACL SETUSER modifier '{rule}': Unknown command or category name in ACL"
            ));
        };
        let name = found.spec().name;
        if sign == b"-" {
            denied.insert(name);
        } else {
            denied.remove(name);
        }
    }
    node.denied = denied;
    reply.ok();
}
