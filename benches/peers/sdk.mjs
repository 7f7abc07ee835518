// Cloudflare's TypeScript SDK.

import { account, baseURL, group, load, measure, token } from './work.mjs';

const { default: Cloudflare } = await load('cloudflare');
const { userGroups } = new Cloudflare({ apiToken: token, baseURL }).iam;
const account_id = account;
const sized = (per_page) => (per_page ? { account_id, per_page } : { account_id });

await measure({
  get: () => userGroups.get(group, { account_id }),
  create: (name) => userGroups.create({ account_id, name }),
  groups: (size) => userGroups.list(sized(size)),
  members: (size) => userGroups.members.list(group, sized(size)),
});
