// Alchemy's generated client, each call run as a promise.

import { account, baseURL, group, load, measure, token } from './work.mjs';

const iam = await load('@distilled.cloud/cloudflare/iam');
const { Credentials, apiTokenCredentials } = await load('@distilled.cloud/cloudflare/Credentials');
const { Effect, Layer, ManagedRuntime, Stream } = await load('effect');
const { layer } = await load('effect/unstable/http/FetchHttpClient');

const credentials = apiTokenCredentials({ apiToken: token, apiBaseUrl: baseURL });
const provided = Layer.merge(layer, Layer.succeed(Credentials, Effect.succeed(credentials)));
const runtime = ManagedRuntime.make(provided);
const context = await runtime.context();
const items = (list) => Stream.toAsyncIterable(Stream.provideContext(list, context));
const accountId = account;
const userGroupId = group;
const sized = (perPage) => (perPage ? { accountId, perPage } : { accountId });

await measure({
  get: () => runtime.runPromise(iam.getUserGroup({ accountId, userGroupId })),
  create: (name) => runtime.runPromise(iam.createUserGroup({ accountId, name })),
  groups: (size) => items(iam.listUserGroups.items(sized(size))),
  members: (size) => items(iam.listUserGroupMembers.items({ userGroupId, ...sized(size) })),
});
