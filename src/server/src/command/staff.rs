//! Who sits at the command line.

use domain::{Actor, Role, StaffId};
use shop::Caller;
use std::os::unix::fs::MetadataExt;
use uuid::Uuid;

/// Whoever may run `rialto` with the shop's database has the shop: an owner, named after the user of the operating system.
pub fn caller(command: &str) -> Caller {
    let user = user();
    Caller {
        actor: Actor::Staff {
            staff: StaffId(id_of(&user)),
            roles: vec![Role::Owner],
        },
        cause: format!("rialto {command}, by {user}"),
        trace: None,
    }
}

/// The same name is the same member of staff, on every machine (a UUID of version 8).
fn id_of(user: &str) -> Uuid {
    let hash = blake3::hash(format!("rialto staff {user}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The name of this process's user, or its number. Not from the environment, which says what one likes.
fn user() -> String {
    let Ok(own) = std::fs::metadata("/proc/self") else {
        return "unknown".to_owned();
    };
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_of(&users, own.uid()).unwrap_or_else(|| format!("user {}", own.uid()))
}

/// passwd(5): `name:password:uid:…`.
fn name_of(users: &str, uid: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let found: u32 = fields.nth(1)?.parse().ok()?;
        (found == uid && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_s_name_is_found_by_its_number() {
        let users = "root:x:0:0::/root:/bin/sh\nbroken\nada:x:1000:1000::/ada:/bin/sh\n";
        assert_eq!(name_of(users, 1000).as_deref(), Some("ada"));
        assert_eq!(name_of(users, 0).as_deref(), Some("root"));
        assert_eq!(name_of(users, 7), None);
    }

    #[test]
    fn the_same_user_is_the_same_member_of_staff() {
        assert_eq!(id_of("ada"), id_of("ada"));
        assert_ne!(id_of("ada"), id_of("bob"));
    }
}
