// What the clients for Node have in common: FOLDER WORK WARMING TIMES ADDRESS.
// Prints seconds by the clock, seconds of CPU, and the most memory in kB.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, work, warming, times, address] = process.argv.slice(2);

export const account = 'eb78d65290b24279ba6f44721b3ea3c4';
export const group = '1'.padStart(32, '0');
export const token = 'v1_bench-token_0123456789';
export const baseURL = `http://${address}/client/v4`;

// Imports a module from the folder in which the clients are installed.
export const load = (name) => import(createRequire(`${folder}/`).resolve(name));

// Measures a client: `get()`, `create(name)`, and the items of `groups(size)` and `members(size)`.
export async function measure(client) {
  async function get(times) {
    for (let n = 0; n < times; n++) await client.get();
  }

  async function get64(times) {
    let left = times;
    const worker = async () => {
      while (left-- > 0) await client.get();
    };
    await Promise.all(Array.from({ length: 64 }, worker));
  }

  async function create(times) {
    for (let n = 0; n < times; n++) await client.create(`Team ${n} of the platform`);
  }

  async function listGroups(size) {
    const all = [];
    for await (const one of client.groups(size)) all.push(one);
    check(all.length, 20_000);
  }

  async function listMembers(size) {
    let count = 0;
    for await (const _ of client.members(size)) count++;
    check(count, 50_000);
  }

  // Without a size the API gives pages of 100.
  const works = {
    get,
    'get 64': get64,
    create,
    groups: () => listGroups(),
    'groups 500': () => listGroups(500),
    members: () => listMembers(),
    'members 500': () => listMembers(500),
  };

  // What goes 64 at a time finds its connections open.
  await (work === 'get 64' ? get64 : get)(Number(warming));
  const [clock, used] = [process.hrtime.bigint(), process.cpuUsage()];
  await works[work](Number(times));
  const { user, system } = process.cpuUsage(used);
  const seconds = Number(process.hrtime.bigint() - clock) / 1e9;
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  console.log(seconds, (user + system) / 1e6, peak);
  process.exit(0);
}

function check(came, expected) {
  if (came !== expected) throw new Error(`${came} of ${expected} came`);
}
