import { report } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget } from '../helpers/targets.js';

const CALLS = 100_000;

/** What the extension reports when each call left the last error that it had to. */
const FAULTLESS = { calls: String(CALLS), wrong: '0', first_kind: '-1', first_ret: '0', first_error: '0' };

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: 'ISAPIFakeAsync On',
    prepare: ({ isapi }) => {
      buildExtension('lasterror', target, isapi);
    },
  });

  t.test("the last error is right after each of many failing calls in the request's thread", async (t) => {
    t.same(report(await host.get(`/isapi/lasterror.dll?request=${CALLS}`)), FAULTLESS);
  });

  t.test(
    "the last error is right after each of many failing calls in a thread of the extension's",
    async (t) => {
      t.same(report(await host.get(`/isapi/lasterror.dll?thread=${CALLS}`)), FAULTLESS);
    },
  );

  t.test('and where several requests of both kinds make their calls at once', async (t) => {
    const kinds = ['request', 'thread', 'request', 'thread'];
    const replies = await Promise.all(kinds.map((kind) => host.get(`/isapi/lasterror.dll?${kind}=5000`)));
    for (const reply of replies) t.match(report(reply), { calls: '5000', wrong: '0' });
  });
});
