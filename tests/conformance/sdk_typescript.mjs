// A full life cycle of user groups through Cloudflare's own TypeScript SDK.
// Takes base URL, token, and the file that the sandbox was seeded with.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// The SDK is installed outside of this tree, in the working directory.
const require = createRequire(`${process.cwd()}/`);
const Cloudflare = require('cloudflare');
const { VERSION } = require('cloudflare/version');

const [baseURL, token, seed] = process.argv.slice(2);
const company = JSON.parse(readFileSync(seed, 'utf8')).accounts[0];
const account_id = company.id;
const unknown = '0'.repeat(32);
let requests = 0;

const connect = (apiToken) =>
  new Cloudflare({
    apiToken,
    baseURL,
    maxRetries: 0,
    fetch: (...request) => (requests++, fetch(...request)),
  });

const groups = connect(token).iam.userGroups;
const { members } = groups;

// All items of a list, but not without end if the server repeats pages.
async function every(pages, atMost = 400) {
  const items = [];
  for await (const item of pages) {
    items.push(item);
    assert.ok(items.length <= atMost, 'the list does not end');
  }
  return items;
}

const refs = (ids) => ids.map((id) => ({ id }));
const names = (items) => items.map((item) => item.name);
const idsOf = (items) => items.map((item) => item.id);
const sameSet = (actual, expected) => assert.deepEqual([...actual].sort(), [...expected].sort());
const refused = (status, call) =>
  assert.rejects(async () => await call(), (error) => {
    assert.equal(error.status, status);
    assert.ok(error.errors[0].code >= 1000, 'a failure has a code');
    return true;
  });

async function readGroups() {
  const all = names(company.user_groups).sort();
  assert.deepEqual(names(await every(groups.list({ account_id }))), all);
  assert.deepEqual(names(await every(groups.list({ account_id, per_page: 5 }))), all);
  const second = await groups.list({ account_id, per_page: 5, page: 2 });
  assert.deepEqual(names(second.result), all.slice(5, 10));
  assert.equal(second.result_info.total_count, all.length);
  assert.deepEqual((await groups.list({ account_id, page: 99 })).result, []);

  const down = await every(groups.list({ account_id, direction: 'desc' }));
  assert.deepEqual(names(down), all.toReversed());
  const fuzzy = await every(groups.list({ account_id, fuzzyName: 'Engineering' }));
  assert.deepEqual(names(fuzzy), all.filter((name) => name.includes('Engineering')));
  assert.deepEqual(await every(groups.list({ account_id, name: 'Engineering' })), []);
  const exact = await every(groups.list({ account_id, name: 'Security' }));
  assert.equal(exact.length, 1);
  assert.deepEqual(await every(groups.list({ account_id, id: exact[0].id })), exact);
}

async function writeGroup() {
  const permissions = idsOf(company.permission_groups).slice(0, 2);
  const allow = {
    access: 'allow',
    permission_groups: refs(permissions),
    resource_groups: refs(idsOf(company.resource_groups).slice(0, 1)),
  };
  const made = await groups.create({ account_id, name: 'Conformance', policies: [allow] });
  assert.equal(made.name, 'Conformance');
  assert.ok(!Number.isNaN(Date.parse(made.created_on)));
  const [policy] = made.policies;
  assert.equal(policy.access, 'allow');
  sameSet(idsOf(policy.permission_groups), permissions);
  assert.ok(policy.resource_groups[0].scope.key, 'resource groups are expanded');
  assert.deepEqual(await groups.get(made.id, { account_id }), made);

  const renamed = await groups.update(made.id, { account_id, name: 'Conformance renamed' });
  assert.equal(renamed.name, 'Conformance renamed');
  assert.deepEqual(renamed.policies, made.policies);
  const deny = { ...allow, access: 'deny', id: policy.id };
  const changed = await groups.update(made.id, { account_id, policies: [deny] });
  assert.equal(changed.name, 'Conformance renamed');
  assert.deepEqual(changed.policies, [{ ...policy, access: 'deny' }]);
  return made.id;
}

async function writeMembers(group) {
  const ids = idsOf(company.members);
  const at = { account_id, user_group_id: group };
  const listed = async (query) => idsOf(await every(members.list(group, { account_id, ...query })));
  const added = await every(members.create(group, { account_id, members: refs(ids.slice(0, 12)) }));
  sameSet(idsOf(added), ids.slice(0, 12));
  const up = await listed({ per_page: 5 });
  sameSet(up, ids.slice(0, 12));
  assert.deepEqual(await listed({ per_page: 5, direction: 'desc' }), up.toReversed());
  assert.deepEqual(await listed({ fuzzyEmail: company.members[7].email }), [ids[7]]);

  const kept = await every(members.update(group, { account_id, members: refs(ids.slice(10, 14)) }));
  sameSet(idsOf(kept), ids.slice(10, 14));
  const one = await members.get(ids[13], at);
  assert.equal(one.id, ids[13]);
  assert.equal(one.user.email, company.members[13].email);
  assert.equal((await members.delete(ids[13], at)).id, ids[13]);
  sameSet(await listed(), ids.slice(10, 13));
  assert.deepEqual(await every(members.update(group, { account_id, members: [] })), []);
  assert.deepEqual(await listed(), []);
  await refused(404, () => members.create(group, { account_id, members: refs([unknown]) }));
}

async function refusals() {
  await refused(404, () => groups.get(unknown, { account_id }));
  await refused(400, () => groups.list({ account_id, per_page: 0 }));
  await refused(400, () => groups.get('not-an-id', { account_id }));
  await refused(401, () => connect('wrong').iam.userGroups.list({ account_id }));
  await refused(403, () => groups.list({ account_id: unknown }));
}

await readGroups();
const group = await writeGroup();
await writeMembers(group);
await refusals();
assert.equal((await groups.delete(group, { account_id })).id, group);
await refused(404, () => groups.get(group, { account_id }));
await readGroups();
console.log(`cloudflare ${VERSION} (TypeScript): a life cycle in ${requests} requests`);
