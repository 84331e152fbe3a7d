//! Which kernel this is, for what cannot be found out by trying.

/// Major and minor number of the running kernel; zeros if it does not say them.
pub fn version() -> (u32, u32) {
    nix::sys::utsname::uname().ok().and_then(|name| numbers(name.release().to_str()?)).unwrap_or_default()
}

fn numbers(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_releases() {
        assert_eq!(numbers("6.18.5"), Some((6, 18)));
        assert_eq!(numbers("5.15.0-91-generic"), Some((5, 15)));
        assert_eq!(numbers("6.2-rc1"), Some((6, 2)));
        assert_eq!(numbers("unknown"), None);
        assert!(version() >= (5, 16), "{:?}", version());
    }
}
