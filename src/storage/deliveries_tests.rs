//! The outbox: what is in it with its fact, when a hook is ended, and what goes from it.

use sqlx::Row as _;

use super::scene::Scene;
use super::{AttemptNote, Ending, HookEvent, HookOutcome, NewHook, Next, PENDING_MAX, StoredHook};
use crate::digest::Digest;
use crate::run::{Failure, PauseInfo, RunId, Sequence};

const HOUR_MS: i64 = 3_600_000;

fn hook(number: i64, owner: &str) -> NewHook {
    NewHook {
        hook_id: RunId::new(number),
        url: "https://example.com/".into(),
        host: "example.com".into(),
        events: vec![HookEvent::RunFailed, HookEvent::RunPaused],
        filter: String::new(),
        owner: owner.into(),
        told_of_all: true,
        key_sha256: Digest::of(b"key"),
        create_ms: 1,
    }
}

async fn keep(scene: &Scene, new: NewHook) -> StoredHook {
    let hook_id = new.hook_id;
    assert_eq!(scene.store.keep_hook(new).await.unwrap(), HookOutcome::Made);
    scene.store.hook(hook_id).await.unwrap().unwrap()
}

async fn fail(scene: &Scene) {
    let sequence = Sequence::first_of(1).next().next();
    let ending = Ending {
        fence: scene.fence,
        sequence,
        end_ms: 9,
        done: None,
        ends_paused: false,
        spent_ms: 0,
    };
    scene.store.fail(ending, Failure::new("OVERFLOW", "too much")).await.unwrap().unwrap();
}

async fn pause(scene: &Scene) {
    let wish = PauseInfo { pause_ms: 5, reason: "lunch".into(), requester: String::new() };
    scene.store.pause(scene.fence.run_id, wish).await.unwrap();
}

async fn now(scene: &Scene, hook: &StoredHook) -> StoredHook {
    scene.store.hook(hook.hook_id).await.unwrap().unwrap()
}

async fn counted(scene: &Scene, sql: &'static str) -> i64 {
    let count = scene.store.writer.write(move |connection| {
        Box::pin(async move { Ok(sqlx::query(sql).fetch_one(connection).await?.try_get(0)?) })
    });
    count.await.unwrap()
}

#[tokio::test]
async fn what_happened_is_written_down_for_who_is_to_be_told_and_for_nobody_else() {
    let scene = Scene::over(Vec::new()).await;
    let all = keep(&scene, hook(1, "ann")).await;
    let own = keep(&scene, NewHook { told_of_all: false, ..hook(2, "ann") }).await;
    let ended = vec![HookEvent::RunCompleted];
    let ends = keep(&scene, NewHook { events: ended, ..hook(3, "ann") }).await;
    let elsewhere = "labels.desk = fx OR NOT strategy = sma_cross OR metrics.sharpe > 0";
    let picky = keep(&scene, NewHook { filter: elsewhere.into(), ..hook(4, "ann") }).await;
    pause(&scene).await;
    pause(&scene).await;
    let told = scene.store.next_delivery(all.hook_no, 5).await.unwrap().unwrap();
    assert_eq!((told.kind, told.event_ms), (HookEvent::RunPaused, 5));
    assert_eq!(told.subject, scene.fence.run_id.to_string());
    let body: serde_json::Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!(body["data"]["pauseReason"], "lunch");
    assert_eq!(body["timestamp"], "1970-01-01T00:00:00.005Z");
    assert_eq!(now(&scene, &all).await.pending, 1, "a pause that is there is no event");
    for other in [own, ends, picky] {
        assert_eq!(now(&scene, &other).await.pending, 0, "{other:?}");
    }
    assert!(scene.store.next_delivery(all.hook_no, 4).await.unwrap().is_none(), "not yet");
}

#[tokio::test]
async fn a_failed_run_is_told_with_its_reason_and_one_that_does_not_end_is_not() {
    let scene = Scene::over(Vec::new()).await;
    let hook = keep(&scene, hook(1, "")).await;
    let sequence = Sequence::first_of(1).next();
    let fence = super::Fence { attempt: 7, ..scene.fence };
    let ending = Ending { fence, sequence, end_ms: 9, done: None, ends_paused: false, spent_ms: 0 };
    let stale = scene.store.fail(ending, Failure::new("STALE", "")).await.unwrap();
    assert!(stale.is_none() && now(&scene, &hook).await.pending == 0);
    fail(&scene).await;
    let told = scene.store.next_delivery(hook.hook_no, 9).await.unwrap().unwrap();
    let body: serde_json::Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!(body["type"], "run.failed");
    assert_eq!(body["data"]["error"]["reason"], "OVERFLOW");
    assert_eq!(body["data"]["state"], "FAILED");
}

#[tokio::test]
async fn a_hook_is_ended_after_three_days_without_an_arrival_and_tests_do_not_count() {
    let scene = Scene::over(Vec::new()).await;
    let hook = keep(&scene, hook(1, "")).await;
    let test = scene.store.keep_test(hook.hook_no, 2).await.unwrap();
    let note = |delivery_no, now_ms, next| AttemptNote {
        hook_no: hook.hook_no,
        delivery_no,
        now_ms,
        outcome: "500".into(),
        next,
    };
    scene.store.note_attempt(note(test.delivery_no, 2, Next::GivenUp)).await.unwrap();
    assert_eq!(now(&scene, &hook).await.failing_since_ms, None);
    fail(&scene).await;
    let told = scene.store.next_delivery(hook.hook_no, 9).await.unwrap().unwrap();
    let again = |now_ms| note(told.delivery_no, now_ms, Next::Again(now_ms + 1));
    scene.store.note_attempt(again(10)).await.unwrap();
    scene.store.note_attempt(again(72 * HOUR_MS)).await.unwrap();
    let failing = now(&scene, &hook).await;
    assert_eq!((failing.failing_since_ms, failing.disabled_reason.as_str()), (Some(10), ""));
    scene.store.note_attempt(again(72 * HOUR_MS + 10)).await.unwrap();
    assert_eq!(now(&scene, &hook).await.disabled_reason, "FAILING");
    assert_eq!(scene.store.due_hooks().await.unwrap(), []);
    scene.store.enable_hook(hook.hook_no).await.unwrap();
    let [due] = scene.store.due_hooks().await.unwrap()[..] else { panic!("it goes on") };
    assert_eq!((due.hook_no, due.pending), (hook.hook_no, 1));
    scene.store.note_attempt(note(told.delivery_no, 1, Next::Arrived)).await.unwrap();
    let arrived = now(&scene, &hook).await;
    assert_eq!((arrived.pending, arrived.failing_since_ms), (0, None));
    let [newest, _] = &scene.store.deliveries(hook.hook_no, None, 9).await.unwrap()[..] else {
        panic!("a delivery and a test")
    };
    assert_eq!((newest.attempts, newest.body.as_str()), (4, ""));
}

#[tokio::test]
async fn a_hook_with_too_much_on_its_way_is_ended_and_loses_nothing_in_silence() {
    let scene = Scene::over(Vec::new()).await;
    let hook = keep(&scene, hook(1, "")).await;
    let full = scene.store.writer.write(|connection| {
        Box::pin(async move {
            let sql = "UPDATE hooks SET pending = $1";
            sqlx::query(sql).bind(PENDING_MAX).execute(connection).await?;
            Ok(())
        })
    });
    full.await.unwrap();
    pause(&scene).await;
    assert_eq!(now(&scene, &hook).await.disabled_reason, "BACKLOG");
    assert_eq!(counted(&scene, "SELECT count(*) FROM deliveries").await, 0);
}

#[tokio::test]
async fn what_is_done_goes_in_time_and_a_removed_hook_with_all_it_had() {
    let scene = Scene::over(Vec::new()).await;
    let (one, two) = (keep(&scene, hook(1, "")).await, keep(&scene, hook(2, "")).await);
    pause(&scene).await;
    let told = scene.store.next_delivery(one.hook_no, 5).await.unwrap().unwrap();
    let note = AttemptNote {
        hook_no: one.hook_no,
        delivery_no: told.delivery_no,
        now_ms: 6,
        outcome: "200".into(),
        next: Next::Arrived,
    };
    scene.store.note_attempt(note).await.unwrap();
    scene.store.purge_hooks(5).await.unwrap();
    assert_eq!(counted(&scene, "SELECT count(*) FROM deliveries").await, 2);
    scene.store.purge_hooks(6).await.unwrap();
    assert_eq!(counted(&scene, "SELECT count(*) FROM deliveries").await, 1, "one is on its way");
    assert!(scene.store.delete_hook(two.hook_id).await.unwrap());
    assert!(!scene.store.delete_hook(two.hook_id).await.unwrap());
    assert_eq!(scene.store.hooks().await.unwrap().len(), 1);
    assert_eq!(scene.store.due_hooks().await.unwrap(), []);
    scene.store.purge_hooks(0).await.unwrap();
    assert_eq!(counted(&scene, "SELECT count(*) FROM deliveries").await, 0);
    assert_eq!(counted(&scene, "SELECT count(*) FROM hooks").await, 1);
}

#[tokio::test]
async fn an_owner_has_so_many_hooks_and_no_more() {
    let scene = Scene::over(Vec::new()).await;
    for number in 0..20 {
        keep(&scene, hook(number, "ann")).await;
    }
    let refused = scene.store.keep_hook(hook(99, "ann")).await.unwrap();
    assert_eq!(refused, HookOutcome::TooManyOfOwner);
    keep(&scene, hook(100, "bob")).await;
}
