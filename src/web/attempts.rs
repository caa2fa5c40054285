//! Against guessing: who signs in wrongly too often waits a minute, whatever is shown then.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const FAILED_MAX: u32 = 10;
const WINDOW: Duration = Duration::from_mins(1);
/// Above it the address whose minute began first is forgotten.
const ADDRESSES_MAX: usize = 10_000;

/// Who signed in wrongly in the last minute.
#[derive(Default)]
pub(super) struct Attempts(Mutex<HashMap<IpAddr, Failed>>);

struct Failed {
    since: Instant,
    count: u32,
}

impl Attempts {
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Failed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long that address is to wait, if it is.
    pub(super) fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let failed = self.lock();
        let failed = failed.get(&network(address))?;
        let left = (failed.since + WINDOW).saturating_duration_since(now);
        (failed.count >= FAILED_MAX && !left.is_zero()).then_some(left)
    }

    /// Counts one that failed.
    pub(super) fn fail(&self, address: IpAddr, now: Instant) {
        let mut all = self.lock();
        if all.len() >= ADDRESSES_MAX {
            all.retain(|_, failed| now < failed.since + WINDOW);
        }
        if all.len() >= ADDRESSES_MAX {
            let oldest = all.iter().min_by_key(|(_, failed)| failed.since).map(|(it, _)| *it);
            _ = oldest.and_then(|oldest| all.remove(&oldest));
        }
        let failed = all.entry(network(address)).or_insert(Failed { since: now, count: 0 });
        if failed.since + WINDOW <= now {
            *failed = Failed { since: now, count: 0 };
        }
        failed.count += 1;
    }
}

/// One customer of IPv6 has a whole network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_ten_failures_an_address_waits_out_its_minute_and_others_do_not() {
        let attempts = Attempts::default();
        let start = Instant::now();
        let (guesser, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        for _ in 0..FAILED_MAX {
            assert_eq!(attempts.wait(guesser, start), None);
            attempts.fail(guesser, start);
        }
        assert_eq!(attempts.wait(guesser, start), Some(WINDOW));
        let soon = start + WINDOW - Duration::from_secs(1);
        assert_eq!(attempts.wait(guesser, soon), Some(Duration::from_secs(1)));
        assert_eq!(attempts.wait(other, start), None);
        assert_eq!(attempts.wait(guesser, start + WINDOW), None);
        // The next minute begins with nothing.
        attempts.fail(guesser, start + WINDOW);
        assert_eq!(attempts.wait(guesser, start + WINDOW), None);
    }

    #[test]
    fn a_network_of_one_customer_is_one_address_and_no_more_than_so_many_are_kept() {
        let attempts = Attempts::default();
        let start = Instant::now();
        let of = |text: &str| text.parse::<IpAddr>().unwrap();
        for last in 0..FAILED_MAX {
            attempts.fail(of(&format!("2001:db8::{last}")), start);
        }
        assert!(attempts.wait(of("2001:db8::ffff"), start).is_some());
        assert!(attempts.wait(of("2001:db8:0:1::1"), start).is_none());
        for number in 0..ADDRESSES_MAX as u32 + 10 {
            attempts.fail(std::net::Ipv4Addr::from_bits(number).into(), start);
        }
        assert_eq!(attempts.lock().len(), ADDRESSES_MAX);
    }
}
