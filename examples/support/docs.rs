// Runs the examples in the documentation of the crate, each of which includes this file.

use std::error::Error;

use cloudflare_user_groups::*;
use cloudflare_user_groups_sandbox::Sandbox;

/// What an example takes: an account in the sandbox without groups.
pub struct World {
    pub account_id: AccountId,
    pub account: Account,
    pub groups: UserGroups,
    pub alice: &'static MemberId,
    pub bob: &'static MemberId,
    pub permission: PermissionGroup,
    pub resource: ResourceGroup,
}

impl World {
    async fn new(sandbox: &Sandbox) -> std::result::Result<Self, Box<dyn Error>> {
        let client = Client::builder().api_token(sandbox.token()).base_url(sandbox.base_url());
        let account_id = AccountId::new(sandbox.account_id())?;
        let account = client.build()?.account(&account_id);
        let mut members = account.list_members().sort_by_email().all().await?.into_iter();
        let mut member = || -> &'static MemberId {
            Box::leak(Box::new(members.next().expect("the sandbox has six members").id))
        };
        Ok(Self {
            groups: account.user_groups(),
            alice: member(),
            bob: member(),
            permission: account.list_permission_groups().all().await?.remove(0),
            resource: account.list_resource_groups().all().await?.remove(0),
            account,
            account_id,
        })
    }
}

pub fn run(example: impl AsyncFnOnce(World) -> Result<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        example(World::new(&sandbox).await.expect("an account")).await.expect("it succeeds");
    });
}
