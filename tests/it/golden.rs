//! The digests that `tradeforge golden` prints, as they were on the machine that wrote them first.
//! Any other machine prints the same, to the bit: `make test-arm` tries it on another architecture.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Set, the digests of this machine are written: only where a change is meant, and told.
const RENEW: &str = "TRADEFORGE_RENEW_GOLDEN";

#[test]
fn this_machine_computes_what_every_other_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden.txt");
    let output = Command::new(env!("CARGO_BIN_EXE_tradeforge")).arg("golden").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let now = String::from_utf8(output.stdout).unwrap();
    if std::env::var_os(RENEW).is_some() {
        fs::write(&path, &now).unwrap();
    }
    let then = fs::read_to_string(&path).unwrap();
    let others: Vec<_> = now.lines().filter(|line| !then.lines().any(|it| it == *line)).collect();
    assert!(others.is_empty(), "other than elsewhere:\n{}", others.join("\n"));
    assert_eq!(now, then);
}

#[test]
fn a_program_reads_the_same_digests() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    let output = command.args(["golden", "--json"]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let plain =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden.txt"));
    for line in plain.unwrap().lines() {
        let (digest, name) = line.split_once(' ').unwrap();
        assert_eq!(json[name], digest, "{name}");
    }
}
