//! Which addresses belong to the world: no other is called unless the operator says so.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Ranges of IPv4 that are this machine, this network, or nobody in particular (IANA's registry of
/// special-purpose addresses), with their lengths.
const NOT_OF_THE_WORLD: [([u8; 4], u32); 17] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
    // Public by its number, and yet answered by the machine's host: where Azure keeps its metadata.
    ([168, 63, 129, 16], 32),
];

/// Ranges within the global ones of IPv6 that are documentation, or wrap an IPv4 of any kind.
const WITHIN_GLOBAL: [([u16; 2], u32); 4] = [
    // Teredo, benchmarks, ORCHID.
    ([0x2001, 0], 23),
    ([0x2001, 0xdb8], 32),
    ([0x2002, 0], 16),
    ([0x3fff, 0], 20),
];

/// Whether that is an address of one machine somewhere in the world.
pub(super) fn is_of_the_world(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_of_the_world_v4(address),
        IpAddr::V6(address) => is_of_the_world_v6(address),
    }
}

fn is_of_the_world_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    let holds = |(start, length): &([u8; 4], u32)| {
        is_within(bits, Ipv4Addr::from(*start).to_bits(), *length)
    };
    !NOT_OF_THE_WORLD.iter().any(holds)
}

fn is_of_the_world_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_of_the_world_v4(inner);
    }
    let parts = address.segments();
    // A network without IPv4 reaches it so (RFC 6052).
    if parts[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let inner = (u32::from(parts[6]) << 16) | u32::from(parts[7]);
        return is_of_the_world_v4(Ipv4Addr::from_bits(inner));
    }
    let head = (u32::from(parts[0]) << 16) | u32::from(parts[1]);
    let holds = |([first, second], length): &([u16; 2], u32)| {
        is_within(head, (u32::from(*first) << 16) | u32::from(*second), *length)
    };
    let is_global_unicast = parts[0] & 0xe000 == 0x2000;
    is_global_unicast && !WITHIN_GLOBAL.iter().any(holds)
}

const fn is_within(bits: u32, start: u32, length: u32) -> bool {
    (bits ^ start).leading_zeros() >= length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_this_machine_reaches_is_not_of_the_world_however_it_is_written() {
        let near = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.192",
            "192.0.2.7",
            "192.88.99.1",
            "192.168.0.1",
            "192.168.255.255",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.9",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::7f00:1",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ];
        for text in near {
            assert!(!is_of_the_world(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn addresses_beside_those_ranges_are() {
        let far = [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "168.63.129.17",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ];
        for text in far {
            assert!(is_of_the_world(text.parse().unwrap()), "{text}");
        }
    }
}
