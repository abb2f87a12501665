//! How many requests of a kind a client may make in a minute, counted in bounded memory of this process.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};

/// Clients remembered at a time; those beyond share one allowance.
const MOST_CLIENTS: usize = 20_000;
/// Keys remembered for a client, so that a retry of the same form is not counted again.
const MOST_KEYS: usize = 4;

/// A limit per client and minute: an empty client may use all of it at once, then it fills up evenly (GCRA).
#[derive(Debug)]
pub struct PerMinute {
    limit: u32,
    clients: Mutex<HashMap<Client, Use>>,
}

/// An IPv4 address, or the /64 of an IPv6 address, which is one household; `None` for all clients beyond the most.
type Client = Option<IpAddr>;

#[derive(Debug)]
struct Use {
    /// When the allowance is full again.
    full_at: DateTime<Utc>,
    keys: [u64; MOST_KEYS],
}

impl PerMinute {
    /// A limit of so many a minute; 0 is no limit.
    pub fn new(limit: u32) -> Self {
        Self { limit, clients: Mutex::default() }
    }

    /// Counts one act of the client, unless an act with the same `key` was just counted (a retry; `None` always counts).
    ///
    /// # Errors
    /// How long to wait, when the client has used up its allowance.
    pub fn count(&self, client: IpAddr, key: Option<&str>, now: DateTime<Utc>) -> Result<(), Duration> {
        if self.limit == 0 {
            return Ok(());
        }
        let step = Duration::milliseconds(60_000 / i64::from(self.limit));
        let minute = Duration::minutes(1);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let mut client = Some(household(client));
        if clients.len() >= MOST_CLIENTS && !clients.contains_key(&client) {
            clients.retain(|_, usage| usage.full_at > now);
            if clients.len() >= MOST_CLIENTS {
                client = None;
            }
        }
        let usage = clients.entry(client).or_insert(Use { full_at: now, keys: [0; MOST_KEYS] });
        let key = key.map(short_hash);
        if key.is_some_and(|key| usage.full_at > now && usage.keys.contains(&key)) {
            return Ok(());
        }
        let full_at = usage.full_at.max(now) + step;
        if full_at - now > minute {
            return Err(full_at - now - minute);
        }
        usage.full_at = full_at;
        if let Some(key) = key {
            usage.keys.rotate_right(1);
            usage.keys[0] = key;
        }
        Ok(())
    }
}

fn household(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        address => address,
    }
}

fn short_hash(key: &str) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    hasher.write(key.as_bytes());
    hasher.finish().max(1)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 12, 11, 3, 0, 0).unwrap()
    }

    #[test]
    fn a_client_may_use_its_allowance_and_then_waits() {
        let (limit, ip) = (PerMinute::new(3), "192.0.2.1".parse().unwrap());
        for _ in 0..3 {
            assert_eq!(limit.count(ip, None, noon()), Ok(()));
        }
        assert_eq!(limit.count(ip, None, noon()), Err(Duration::seconds(20)));
        assert_eq!(limit.count("192.0.2.2".parse().unwrap(), None, noon()), Ok(()));
        assert_eq!(limit.count(ip, None, noon() + Duration::seconds(20)), Ok(()));
        assert!(limit.count(ip, None, noon() + Duration::seconds(20)).is_err());
    }

    #[test]
    fn a_retry_with_the_same_key_is_not_counted_again() {
        let (limit, ip) = (PerMinute::new(1), "192.0.2.1".parse().unwrap());
        for _ in 0..50 {
            assert_eq!(limit.count(ip, Some("form"), noon()), Ok(()));
        }
        assert!(limit.count(ip, Some("another"), noon()).is_err());
    }

    #[test]
    fn addresses_of_one_network_of_ipv6_are_one_client() {
        let limit = PerMinute::new(1);
        assert_eq!(limit.count("2001:db8::1".parse().unwrap(), None, noon()), Ok(()));
        assert!(limit.count("2001:db8::2".parse().unwrap(), None, noon()).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let limit = PerMinute::new(60);
        for n in 0..u32::try_from(MOST_CLIENTS).unwrap() + 100 {
            let _ = limit.count(IpAddr::from(n.to_be_bytes()), None, noon());
        }
        assert_eq!(limit.clients.lock().unwrap().len(), MOST_CLIENTS + 1);
    }
}
