// Cloudflare's TypeScript SDK doing its work once: sdk.mjs FOLDER WORK TIMES ADDRESS.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, work, times, address] = process.argv.slice(2);
const Cloudflare = createRequire(`${folder}/`)('cloudflare').default;

const account_id = 'eb78d65290b24279ba6f44721b3ea3c4';
const group = '1'.padStart(32, '0');
const client = new Cloudflare({
  apiToken: 'v1_bench-token_0123456789',
  baseURL: `http://${address}/client/v4`,
});
const groups = client.iam.userGroups;

async function get(times) {
  for (let n = 0; n < times; n++) await groups.get(group, { account_id });
}

const works = {
  get,
  async 'get 64'(times) {
    let left = times;
    const worker = async () => {
      while (left-- > 0) await groups.get(group, { account_id });
    };
    await Promise.all(Array.from({ length: 64 }, worker));
  },
  async create(times) {
    for (let n = 0; n < times; n++) {
      await groups.create({ account_id, name: `Team ${n} of the platform`, policies: [] });
    }
  },
  groups: () => list({}),
  'groups 500': () => list({ per_page: 500 }),
};

// Without a size the API gives pages of 100.
async function list(page) {
  const all = [];
  for await (const one of groups.list({ account_id, ...page })) all.push(one);
  if (all.length !== 20_000) throw new Error(`${all.length} groups came`);
}

await get(200);
const [clock, used] = [process.hrtime.bigint(), process.cpuUsage()];
await works[work](Number(times));
const { user, system } = process.cpuUsage(used);
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
console.log(Number(process.hrtime.bigint() - clock) / 1e9, (user + system) / 1e6, peak);
process.exit(0);
