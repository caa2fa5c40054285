//! Whose webhooks are whose, where callers are asked who they are; and by the command line.

use std::process::{Command, Output};

use tradeforge::cli::Connection;
use tradeforge::pb::{self, Role};

use crate::support::{Market, Receiver, Refusal as _, Reply, TestServer, Told, sma_cross, within};
use crate::tokens::Asking;

async fn add(connection: &Connection, url: &str) -> Result<pb::Hook, tonic::Status> {
    let hook = pb::Hook { url: url.to_owned(), ..Default::default() };
    let request = pb::CreateHookRequest { hook: Some(hook) };
    let made = within(connection.hooks().create_hook(request)).await?.into_inner();
    Ok(made.hook.expect("a hook"))
}

async fn listed(connection: &Connection) -> Vec<pb::Hook> {
    let answer = within(connection.hooks().list_hooks(pb::ListHooksRequest {})).await;
    answer.expect("a list").into_inner().hooks
}

async fn submit(connection: &Connection, work: impl Into<pb::SubmitRequest>) -> String {
    let answer = within(connection.runs().submit(work.into())).await.expect("it is taken");
    answer.into_inner().run_id
}

#[tokio::test]
async fn an_owner_is_told_of_his_own_runs_and_an_admin_of_all() {
    let asking =
        Asking::start_with(|config| config.hook_allow = vec!["http://127.0.0.1:*".into()]).await;
    asking.import(&asking.first).await;
    let token = async |owner, role| asking.by(&asking.token(owner, role).await.secret).await;
    let (ann, bob) = (token("ann", Role::Submitter).await, token("bob", Role::Submitter).await);
    let admin = asking.by(&asking.first).await;
    let own = Receiver::start(&[Reply::Status(200)]).await;
    let all = Receiver::start(&[Reply::Status(200)]).await;
    let anns = add(&ann, &own.url()).await.expect("a submitter may");
    let alls = add(&admin, &all.url()).await.expect("an admin may");
    assert_eq!((anns.owner.as_str(), anns.all_owners, alls.all_owners), ("ann", false, true));

    let mut ids = vec![submit(&bob, sma_cross(2, 5)).await, submit(&ann, sma_cross(2, 6)).await];
    let told = own.until_told(1).await;
    let mut heard: Vec<_> = all.until_told(2).await.iter().map(Told::run_id).collect();
    assert_eq!((told.len(), told[0].run_id()), (1, ids[1].clone()));
    assert_eq!(told[0].json()["data"]["owner"], "ann");
    heard.sort();
    ids.sort();
    assert_eq!(heard, ids);

    assert_eq!(listed(&bob).await, []);
    assert_eq!(listed(&ann).await.len(), 1);
    assert_eq!(listed(&admin).await.len(), 2);
    let hook_id = anns.hook_id.clone();
    let others = [
        within(bob.hooks().delete_hook(pb::DeleteHookRequest { hook_id: hook_id.clone() }))
            .await
            .map(|_| ()),
        within(bob.hooks().test_hook(pb::TestHookRequest { hook_id: hook_id.clone() }))
            .await
            .map(|_| ()),
        within(bob.hooks().list_deliveries(pb::ListDeliveriesRequest {
            hook_id: hook_id.clone(),
            ..Default::default()
        }))
        .await
        .map(|_| ()),
    ];
    for refused in others {
        assert_eq!(refused.unwrap_err().reason(), "NOT_OWNER");
    }
    let request = pb::DeleteHookRequest { hook_id: hook_id.clone() };
    within(admin.hooks().delete_hook(request)).await.expect("an admin may");
    assert_eq!(listed(&ann).await, []);

    let request =
        pb::ListAuditEventsRequest { filter: format!("subject = {hook_id}"), ..Default::default() };
    let events = within(admin.access().list_audit_events(request)).await.expect("an admin reads");
    let events = events.into_inner().events;
    let lines: Vec<_> = events.iter().map(|it| (it.action.as_str(), it.actor.as_str())).collect();
    assert_eq!(lines, [("hook.delete", "admin"), ("hook.create", "ann")]);
    let host = &events[1].details["host"];
    assert!(own.url().contains(host) && !host.contains("hook"), "{host}: a path may be a secret");
}

/// The program, as a client of that server.
async fn command(server: &TestServer, words: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    command.args(words).args(["--server", server.url()]).env_remove("TRADEFORGE_TOKEN");
    let ended = tokio::task::spawn_blocking(move || command.output());
    let Output { status, stdout, stderr } = within(ended).await.unwrap().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), text(stdout), text(stderr))
}

#[tokio::test]
async fn all_owners_together_have_two_hundred_webhooks() {
    let asking =
        Asking::start_with(|config| config.hook_allow = vec!["http://127.0.0.1:*".into()]).await;
    let owner =
        async |name: &str| asking.by(&asking.token(name, Role::Submitter).await.secret).await;
    let mut last = None;
    for number in 0..10 {
        let one = owner(&format!("owner{number}")).await;
        for path in 0..20 {
            let made = add(&one, &format!("http://127.0.0.1:9/{path}")).await.expect("it is taken");
            last = Some((number, made.hook_id));
        }
    }
    let late = owner("late").await;
    let refused = add(&late, "http://127.0.0.1:9/").await.unwrap_err();
    assert_eq!(refused.reason(), "TOO_MANY_HOOKS");
    assert!(refused.message().contains("200"), "{refused:?}");
    let (number, hook_id) = last.expect("they were made");
    let one = owner(&format!("owner{number}")).await;
    within(one.hooks().delete_hook(pb::DeleteHookRequest { hook_id })).await.expect("it goes");
    add(&late, "http://127.0.0.1:9/").await.expect("there is room now");
}

#[tokio::test]
async fn the_command_line_makes_tries_lists_and_removes_hooks() {
    let server =
        TestServer::start_with(|config| config.hook_allow = vec!["http://127.0.0.1:*".into()])
            .await;
    server.import(&Market::wavy(200)).await;
    let receiver = Receiver::start(&[Reply::Status(500), Reply::Status(200)]).await;
    let (code, secret, said) = command(
        &server,
        &[
            "hooks",
            "add",
            &receiver.url(),
            "--on",
            "run.completed,run.failed",
            "--filter",
            "kind = BACKTEST",
        ],
    )
    .await;
    assert_eq!(code, Some(0), "{said}");
    let secret = secret.trim();
    let id = said.split_whitespace().nth(1).expect("an id").trim_end_matches(':').to_owned();
    assert!(secret.starts_with("whsec_") && said.contains("it is not shown again"), "{said}");
    let (code, out, _) = command(&server, &["hooks", "test", &id]).await;
    assert_eq!((code, out.as_str()), (Some(1), "the test did not arrive: 500\n"));
    let (code, out, _) = command(&server, &["hooks", "test", &id]).await;
    assert!(code == Some(0) && out.starts_with("the test arrived: 200 after"), "{out}");
    assert!(receiver.told().iter().all(|it| it.is_signed_by(secret)));
    server.run(sma_cross(2, 5)).await;
    receiver.until_told(3).await;
    let (_, out, _) = command(&server, &["hooks", "list", "--json"]).await;
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let hook = &json["hooks"][0];
    assert_eq!(hook["hookId"], id.as_str());
    assert_eq!(hook["filter"], "kind = BACKTEST");
    assert!(!out.contains("whsec_"), "{out}");
    let (_, out, _) = command(&server, &["hooks", "list"]).await;
    assert!(out.contains("run.completed run.failed") && out.contains("delivers"), "{out}");
    let (_, out, _) = command(&server, &["hooks", "deliveries", &id]).await;
    assert!(out.contains("run.completed") && out.contains("test"), "{out}");
    let (code, out, _) = command(&server, &["hooks", "rm", &id]).await;
    assert_eq!((code, out), (Some(0), format!("webhook {id} is removed\n")));
    let (code, _, said) = command(&server, &["hooks", "rm", &id]).await;
    assert_eq!(code, Some(6), "{said}");
    let (code, _, said) = command(&server, &["hooks", "add", "https://127.0.0.1/"]).await;
    assert!(code == Some(1) && said.contains("hook_allow"), "{said}");
}
