//! A second actor that changes the same account.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use http::Method;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::world::{MEMBERS, PERMISSIONS, RESOURCE, World, policies, request, some};

/// The actions of the second actor, and how often.
pub(crate) struct Habits {
    /// The longest time between two changes, in seconds. 0 if there are none.
    pub(crate) every: u64,
    /// The names that groups are given.
    pub(crate) names: Vec<String>,
    /// Groups that are not deleted.
    pub(crate) spared: BTreeSet<String>,
}

pub(crate) fn start(world: &Arc<World>, mut rng: Rng, habits: Habits) -> Option<JoinHandle<()>> {
    let world = Arc::clone(world);
    (habits.every > 0).then(|| {
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(rng.u64(..habits.every * 1000))).await;
                act(&world, &mut rng, &habits).await;
            }
        })
    })
}

async fn act(world: &World, rng: &mut Rng, habits: &Habits) {
    let groups = world.groups();
    let name = &habits.names[rng.usize(..habits.names.len())];
    let action = rng.u8(..6);
    let request = match rng.choice(groups.iter()) {
        Some(group) if action > 0 => {
            let path = format!("/{}", group.id);
            let member = MEMBERS[rng.usize(..MEMBERS.len())];
            match action {
                1 => request(Method::PUT, &path, &json!({ "name": name })),
                2 if habits.spared.contains(&group.id) => return,
                2 => request(Method::DELETE, &path, &json!(null)),
                3 => request(Method::POST, &format!("{path}/members"), &json!([{ "id": member }])),
                4 => request(Method::DELETE, &format!("{path}/members/{member}"), &json!(null)),
                _ => {
                    let new = policies(&some(rng, &PERMISSIONS), json!({ "id": RESOURCE }));
                    request(Method::PUT, &path, &json!({ "policies": new }))
                }
            }
        }
        _ => request(Method::POST, "", &json!({ "name": name })),
    };
    world.apply(None, request).await;
}

/// Deletes the groups that the second actor has made or named, except the spared ones.
pub(crate) async fn clean_up(world: &World, spared: &BTreeSet<String>) {
    for id in world.foreign().difference(spared) {
        if world.groups().iter().any(|group| group.id == *id) {
            let path = format!("/{id}");
            world.apply(None, request(Method::DELETE, &path, &json!(null))).await;
        }
    }
}
