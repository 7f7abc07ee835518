//! Where the blocking client may block.

use cloudflare_user_groups::{AccountId, Client, blocking};
use cloudflare_user_groups_sandbox::Sandbox;

use crate::client;

async fn sandbox() -> (Sandbox, blocking::UserGroups) {
    let sandbox = Sandbox::start().await.unwrap();
    let client = blocking::Client::new(client(&sandbox)).unwrap();
    let groups = client.account(AccountId::new(sandbox.account_id()).unwrap()).user_groups();
    (sandbox, groups)
}

#[tokio::test]
async fn call_in_async_code_is_an_error_and_no_panic() {
    let (_sandbox, groups) = sandbox().await;
    let error = groups.list().all().unwrap_err();
    assert!(error.is_invalid_input() && error.to_string().contains("async"), "{error}");
    let other = groups.clone();
    let task = tokio::spawn(async move { groups.list().iter().take(3).collect::<Vec<_>>() });
    let results = task.await.unwrap();
    assert!(matches!(&results[..], [Err(error)] if error.is_invalid_input()), "{results:?}");
    let error = blocking::Client::new(Client::builder().api_token("")).unwrap_err();
    assert!(error.to_string().contains("the API token is empty"), "{error}");
    // Its budget never ends.
    let task = tokio::task::unconstrained(async move { other.list().all() });
    assert!(task.await.unwrap_err().is_invalid_input());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn call_in_a_task_of_several_threads_is_an_error_and_takes_nothing_of_its_budget() {
    let (_sandbox, groups) = sandbox().await;
    let task = tokio::spawn(async move {
        let error = groups.create("SRE").send().unwrap_err();
        assert!(tokio::task::coop::has_budget_remaining());
        error
    });
    assert!(task.await.unwrap().is_invalid_input());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawn_blocking_and_block_in_place_may_block() {
    let (_sandbox, groups) = sandbox().await;
    let other = groups.clone();
    tokio::task::spawn_blocking(move || other.create("SRE").send()).await.unwrap().unwrap();
    let task = tokio::spawn(async move {
        tokio::task::block_in_place(|| groups.list().iter().collect::<Result<Vec<_>, _>>())
    });
    assert_eq!(task.await.unwrap().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thread_in_the_context_of_a_runtime_may_block() {
    let (_sandbox, groups) = sandbox().await;
    let runtime = tokio::runtime::Handle::current();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _entered = runtime.enter();
        sender.send(groups.list().all()).unwrap();
    });
    assert_eq!(receiver.await.unwrap().unwrap(), []);
}
