//! kill -9 at random moments of a mixed load, and each time the next start is held against all
//! that was acknowledged. `TRADEFORGE_KILLS` says how often, `TRADEFORGE_SEED` repeats the choices.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Row as _};
use tokio::sync::watch;
use tonic::{Code, Status};
use tradeforge::pb;
use uuid::Uuid;

use crate::support::{
    ChildServer, Client, Dice, Home, Market, Model, Named, Refusal as _, at_once, check_trials,
    hash_of, search_result, sma_cross, within,
};

const KILLS: u64 = 20;
const CLIENTS: u64 = 6;
/// Acknowledgements between two kills, at the most.
const ACKNOWLEDGED_MAX: u64 = 60;
/// Runs looked at together; more would only wait.
const CHECKS_AT_ONCE: usize = 16;

/// Work of all sizes: over before the answer, or still under way at the next kill.
fn work(kind: usize) -> pb::SubmitRequest {
    let sweep =
        |fast, slow| sma_cross(1, 1).sweep().over("fast", 1, fast, 1).over("slow", 1, slow, 1);
    match kind {
        0 => sma_cross(2, 5).into(),
        1 => sma_cross(3, 8).always_new().into(),
        2 => sweep(5, 10).into(),
        3 => sweep(20, 40).request(always_new).into(),
        _ => sweep(20, 40).random(200, 7).into(),
    }
}

const KINDS: usize = 5;

fn always_new(request: &mut pb::SubmitRequest) {
    request.reuse_policy = pb::ReusePolicy::AlwaysNew.into();
}

/// What everybody knows, and how many answers there were.
struct Load {
    model: Mutex<Model>,
    acknowledged: watch::Sender<u64>,
}

impl Load {
    fn model<T>(&self, act: impl FnOnce(&mut Model) -> T) -> T {
        act(&mut self.model.lock().expect("no client panicked"))
    }

    fn acknowledge(&self) {
        self.acknowledged.send_modify(|count| *count += 1);
    }

    /// One client, until the server is gone.
    async fn client(&self, client: Client, mut dice: Dice) {
        loop {
            let run_id = self.model(|model| dice.pick(&model.run_ids()));
            let done = match (dice.below(12), run_id) {
                (0..=3, _) | (_, None) => self.submit(&client, &mut dice).await,
                (4 | 5, Some(run_id)) => self.cancel(&client, &run_id).await,
                (6, Some(run_id)) => self.look(&client, &run_id).await,
                (7 | 8, Some(run_id)) => self.watch(&client, &run_id, dice.below(2)).await,
                (9, Some(run_id)) => self.pause(&client, &run_id).await,
                (10, Some(run_id)) => self.resume(&client, &run_id).await,
                _ => self.delete(&client, &mut dice).await,
            };
            match done {
                Ok(()) => self.acknowledge(),
                Err(refused) => match refused.reason().as_str() {
                    "" | "SHUTTING_DOWN" => return,
                    "RUN_ALREADY_FINISHED" | "RUN_NOT_FINISHED" | "RUN_IS_ENDING" => {}
                    reason => panic!("{reason}: {refused:?}"),
                },
            }
        }
    }

    async fn submit(&self, client: &Client, dice: &mut Dice) -> Result<(), Status> {
        let kind = dice.below(KINDS as u64) as usize;
        let mut request = work(kind);
        let is_named = dice.below(2) == 0;
        if is_named {
            let id = Uuid::now_v7();
            request.request_id = id.to_string();
            self.model(|model| model.named.push(Named { id, work: kind, run_id: None }));
        }
        let cancelled = self.model(|model| model.cancelled());
        let name = request.request_id.clone();
        let answer = client.try_submit(request).await?;
        assert!(!cancelled.contains(&answer.run_id), "joined what was cancelled: {answer:?}");
        self.model(|model| {
            model.submitted(kind, &answer);
            let named = model.named.iter_mut().find(|named| named.id.to_string() == name);
            if let Some(named) = named {
                named.run_id = Some(answer.run_id);
            }
        });
        Ok(())
    }

    async fn cancel(&self, client: &Client, run_id: &str) -> Result<(), Status> {
        let told = self.unless_gone(run_id, client.try_cancel(run_id).await)?;
        self.model(|model| told.iter().for_each(|status| model.cancel_told(status)));
        Ok(())
    }

    async fn pause(&self, client: &Client, run_id: &str) -> Result<(), Status> {
        let told = self.unless_gone(run_id, client.try_pause(run_id).await)?;
        self.model(|model| told.iter().for_each(|status| model.told(status)));
        Ok(())
    }

    async fn resume(&self, client: &Client, run_id: &str) -> Result<(), Status> {
        let told = self.unless_gone(run_id, client.try_resume(run_id).await)?;
        self.model(|model| told.iter().for_each(|status| model.told(status)));
        Ok(())
    }

    async fn look(&self, client: &Client, run_id: &str) -> Result<(), Status> {
        let told = self.unless_gone(run_id, client.try_status(run_id, None).await)?;
        self.model(|model| told.iter().for_each(|status| model.told(status)));
        Ok(())
    }

    async fn watch(&self, client: &Client, run_id: &str, snapshots: u64) -> Result<(), Status> {
        let Some(mut watch) = self.unless_gone(run_id, client.try_watch(run_id).await)? else {
            return Ok(());
        };
        let mut before = 0;
        for _ in 0..=snapshots {
            let Some(event) = watch.next().await? else { break };
            if let Some(pb::watch_progress_response::Event::Snapshot(status)) = event.event {
                assert!(status.sequence > before, "{before} {status:?}");
                before = status.sequence;
                self.model(|model| model.told(&status));
            }
        }
        Ok(())
    }

    async fn delete(&self, client: &Client, dice: &mut Dice) -> Result<(), Status> {
        let Some(run_id) = self.model(|model| dice.pick(&model.ended())) else { return Ok(()) };
        self.model(|model| model.delete_asked(&run_id));
        let request = pb::DeleteRunRequest { run_id: run_id.clone() };
        let deleted = within(client.runs().delete_run(request)).await;
        if self.unless_gone(&run_id, deleted)?.is_some() {
            self.model(|model| model.delete_told(&run_id));
        }
        Ok(())
    }

    /// The answer; none if somebody deletes the run at the same time.
    fn unless_gone<T>(&self, run_id: &str, told: Result<T, Status>) -> Result<Option<T>, Status> {
        match told {
            Ok(value) => Ok(Some(value)),
            Err(refused)
                if refused.code() == Code::NotFound
                    && self.model(|model| model.may_be_gone(run_id)) =>
            {
                Ok(None)
            }
            Err(refused) => Err(refused),
        }
    }
}

/// A load on the server until it is killed, somewhere between two answers.
async fn load_and_kill(server: ChildServer, load: &Arc<Load>, dice: &mut Dice) -> Home {
    load.acknowledged.send_replace(0);
    let moment = dice.below(ACKNOWLEDGED_MAX);
    let seeds: Vec<u64> = (0..CLIENTS).map(|_| dice.below(1 << 30)).collect();
    let clients = seeds.into_iter().map(|seed| load.client(server.clone(), Dice::seeded(seed)));
    let clients = futures_util::future::join_all(clients);
    let killed = async {
        let mut acknowledged = load.acknowledged.subscribe();
        acknowledged.wait_for(|count| *count >= moment).await.expect("the load lives");
        server.kill()
    };
    within(futures_util::future::join(killed, clients)).await.0
}

/// Holds what this start says against all that was promised.
async fn check(server: &ChildServer, load: &Arc<Load>) {
    let named = load.model(|model| std::mem::take(&mut model.named));
    for Named { id, work: kind, run_id } in named {
        if run_id.as_ref().is_some_and(|run_id| load.model(|model| model.may_be_gone(run_id))) {
            continue;
        }
        let request = pb::SubmitRequest { request_id: id.to_string(), ..work(kind) };
        let again = server.submit(request).await;
        assert!(run_id.as_ref().is_none_or(|told| *told == again.run_id), "{run_id:?} {again:?}");
        load.model(|model| model.submitted(kind, &again));
    }
    let run_ids = load.model(|model| model.run_ids());
    stream::iter(run_ids)
        .for_each_concurrent(CHECKS_AT_ONCE, |run_id| async move {
            let told = server.try_status(&run_id, None).await;
            load.model(|model| model.check(&run_id, told));
        })
        .await;
    check_database(server).await;
}

/// What no client can see: a sound file, in which rows and commits say the same.
async fn check_database(server: &ChildServer) {
    let database = SqliteConnectOptions::new().filename(server.home().database());
    let mut database = database.read_only(true).connect().await.expect("the database opens");
    for (sql, expected) in [
        ("PRAGMA integrity_check", "ok"),
        ("SELECT count(*) || '' FROM pragma_foreign_key_check", "0"),
        (
            "SELECT count(*) || '' FROM commits one JOIN commits two ON one.run_no = two.run_no \
             AND one.commit_no < two.commit_no AND one.start < two.start + two.len \
             AND two.start < one.start + one.len",
            "0",
        ),
        (
            "SELECT count(*) || '' FROM (SELECT run_no, sum(len) AS told FROM commits \
             GROUP BY run_no) JOIN runs USING (run_no) WHERE kind = 2 AND told <> \
             (SELECT count(*) FROM trials WHERE trials.run_no = runs.run_no)",
            "0",
        ),
    ] {
        let row = sqlx::query(sql).fetch_one(&mut database).await.expect("an answer");
        assert_eq!(row.get::<String, _>(0), expected, "{sql}");
    }
}

/// Work by work, on a server that nobody disturbs.
async fn undisturbed(server: &ChildServer) -> Vec<String> {
    let ends = at_once((0..KINDS).map(|kind| server.run(work(kind)))).await;
    let hash = |status: &pb::RunStatus| match &status.result {
        Some(pb::run_status::Result::Backtest(_)) => hash_of(status),
        _ => search_result(status).result_sha256,
    };
    ends.iter().map(hash).collect()
}

#[tokio::test]
async fn every_promise_survives_kill_9_at_random_moments_of_a_mixed_load() {
    let seed = Dice::seed_of("TRADEFORGE_SEED");
    let kills = std::env::var("TRADEFORGE_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    println!("TRADEFORGE_SEED={seed} TRADEFORGE_KILLS={kills}");
    let mut dice = Dice::seeded(seed);
    let mut server = ChildServer::with(&Market::wavy(200)).await;
    let model = Mutex::new(Model::over(undisturbed(&server).await));
    let load = Arc::new(Load { model, acknowledged: watch::Sender::new(0) });
    for kill in 1..=kills {
        let home = load_and_kill(server, &load, &mut dice).await;
        if dice.below(4) == 0 {
            home.kill_while_starting(Duration::from_millis(dice.below(100))).await;
        }
        server = home.serve().await;
        check(&server, &load).await;
        if kill % 20 == 0 {
            println!("{kill} kills, {} runs", load.model(|model| model.run_ids().len()));
        }
    }
    for run_id in load.model(|model| model.run_ids()) {
        // Whoever was paused last and not let go on; of others this is refused or changes nothing.
        _ = server.try_resume(&run_id).await;
        let told = server.try_status(&run_id, Some(Duration::from_mins(1))).await;
        load.model(|model| model.check(&run_id, told));
        if !load.model(|model| model.ended()).contains(&run_id) {
            assert!(!load.model(|model| model.run_ids()).contains(&run_id), "{run_id} never ends");
        } else if server.status(&run_id).await.kind() == pb::RunKind::Optimization {
            check_trials(&server, &run_id).await;
        }
    }
}
