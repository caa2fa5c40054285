//! A disk that is full to its last byte: what takes room is refused, and what makes room works, so
//! that nobody has to help from outside.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::Pid;
use tonic::{Code, Status};
use tradeforge::pb::{self, RunState};

use crate::support::{
    ChildServer, Client, Home, Market, Refusal as _, at_once, gate, request, sma_cross, within,
};

/// What is set aside on it: much of it, so that all fits into some memory.
const RESERVE: [&str; 2] = ["--disk-reserve-bytes", "16 MiB"];

/// A disk of 48 MiB over the data of a home, which only this process and those within it see.
struct SmallDisk(Child);

impl SmallDisk {
    /// `None` where nobody may mount anything.
    fn over(home: &Home) -> Option<Self> {
        let script = "mkdir -p \"$0\" && mount -t tmpfs -o size=48m,mode=700 tmpfs \"$0\" \
                      && echo mounted && exec cat";
        let mut holder = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
            .arg(home.data())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut said = String::new();
        BufReader::new(holder.stdout.take()?).read_line(&mut said).ok()?;
        if said == "mounted\n" {
            return Some(Self(holder));
        }
        _ = holder.wait();
        None
    }

    fn holder(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    /// Runs that on it, whether it succeeds or not.
    fn run(&self, script: &str, home: &Home) {
        let mut command = Command::new("nsenter");
        command.args(["--user", "--mount", "--preserve-credentials", "--target"]);
        command.arg(self.holder().as_raw_nonzero().to_string());
        command.args(["sh", "-c", script]).arg(home.data()).stderr(Stdio::null());
        command.status().expect("nsenter runs");
    }

    /// Not a byte is left.
    fn fill(&self, home: &Home) {
        self.run("cat /dev/zero > \"$0/filler\"", home);
    }

    fn empty(&self, home: &Home) {
        self.run("rm \"$0/filler\"", home);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

async fn delete(client: &Client, run_id: &str) -> Result<(), Status> {
    let request = pb::DeleteRunRequest { run_id: run_id.to_owned() };
    within(client.runs().delete_run(request)).await.map(drop)
}

/// Submits until there is no room, and what was taken until then: the log that is there has some.
async fn until_refused(server: &ChildServer) -> (Vec<String>, Status) {
    let mut taken = Vec::new();
    loop {
        match server.try_submit(sma_cross(2, 5).always_new()).await {
            Ok(answer) => taken.push(answer.run_id),
            Err(refused) => return (taken, refused),
        }
    }
}

async fn readiness(server: &ChildServer) -> (u16, Option<String>) {
    let ready = request(server.url(), "GET /readyz HTTP/1.1", b"").await;
    let reason = (ready.status != 200).then(|| ready.json()["error"]["reason"].to_string());
    (ready.status, reason)
}

/// A server with a large search on a small disk, and the id of that search.
async fn with_a_search(disk: &SmallDisk, home: Home) -> (ChildServer, String) {
    let server = home.serve_within(disk.holder(), &RESERVE).await;
    server.import(&Market::wavy(200)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 50, 1).over("slow", 1, 100, 1);
    let search = server.run(sweep).await.run_id;
    assert_eq!(readiness(&server).await, (200, None));
    (server, search)
}

fn full() -> (u16, Option<String>) {
    (503, Some("\"STORAGE_FULL\"".to_owned()))
}

#[tokio::test]
async fn on_a_full_disk_runs_end_and_are_removed_and_with_room_all_goes_on() {
    let home = Home::new();
    let Some(disk) = SmallDisk::over(&home) else {
        return eprintln!("left out: nothing can be mounted here");
    };
    let (server, search) = with_a_search(&disk, home).await;
    let held = server.submit(gate(1)).await.run_id;
    server.until_running(&held).await;

    disk.fill(server.home());
    let (taken, refused) = until_refused(&server).await;
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(refused.reason(), "STORAGE_FULL");
    assert_eq!(readiness(&server).await, full());
    assert_eq!(server.cancel(&held).await.state(), RunState::Cancelled);
    delete(&server, &search).await.unwrap();
    assert_eq!(server.try_status(&search, None).await.unwrap_err().code(), Code::NotFound);
    let (none, refused) = until_refused(&server).await;
    assert_eq!((none.len(), refused.reason().as_str()), (0, "STORAGE_FULL"), "it is still full");

    disk.empty(server.home());
    assert_eq!(server.run(sma_cross(3, 8)).await.state(), RunState::Completed);
    // What waited for room has come to its end.
    let ends = at_once(taken.iter().map(|run_id| server.when_final(run_id))).await;
    assert!(ends.iter().all(|end| end.state() == RunState::Completed), "{ends:?}");
    assert_eq!(readiness(&server).await, (200, None));
}

#[tokio::test]
async fn on_a_full_disk_a_server_starts_and_says_what_is_wrong() {
    let home = Home::new();
    let Some(disk) = SmallDisk::over(&home) else {
        return eprintln!("left out: nothing can be mounted here");
    };
    let (server, search) = with_a_search(&disk, home).await;
    let held = server.submit(gate(1)).await.run_id;
    server.until_running(&held).await;
    let home = server.kill();
    disk.fill(&home);
    let server = home.serve_within(disk.holder(), &RESERVE).await;
    assert_eq!(readiness(&server).await, full());
    assert_eq!(server.status(&search).await.state(), RunState::Completed);
    assert_eq!(server.cancel(&held).await.state(), RunState::Cancelled);
    delete(&server, &search).await.unwrap();

    disk.empty(server.home());
    assert_eq!(server.run(sma_cross(3, 8)).await.state(), RunState::Completed);
    assert_eq!(readiness(&server).await, (200, None));
}
