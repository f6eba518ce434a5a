import type { Configuration } from '../../config/configuration.js';
import type { Problem } from '../../config/place.js';
import type { Module } from '../../http/module.js';
import { AccessLogs } from './access-logs.js';
import { LOG_DIRECTIVES } from './directives.js';
import { LOG } from './settings.js';

/** mod_log_config: access logs. */
export function createLogModule(): Module {
  let logs: AccessLogs | undefined;
  return {
    name: 'log_config',
    directives: LOG_DIRECTIVES,
    check: unknownNicknames,
    hooks: {
      open(server) {
        logs = new AccessLogs(server);
      },
      log(request) {
        if (logs === undefined) return;
        logs.write(request);
        if (!logs.usesTraffic || request.mark === undefined) return;
        const { mark } = request;
        mark.bytesReadBefore = mark.traffic.bytesRead;
        mark.bytesWrittenBefore = mark.traffic.bytesWritten;
      },
      async reopen() {
        await logs?.reopen();
      },
      async stop() {
        await logs?.close();
        logs = undefined;
      },
    },
  };
}

/** A format may be named before it is defined, so that nicknames are looked up when everything was read. */
function unknownNicknames({ hosts }: Configuration): Problem[] {
  return hosts.flatMap(({ settings, own }) => {
    const { formats } = settings.get(LOG);
    const problems: Problem[] = [];
    for (const { format, place } of own.made(LOG).logs ?? []) {
      const text = format?.text ?? '%';
      if (text.includes('%') || formats.has(text) || text === 'CLF') continue;
      const known = [...formats.keys()].join(', ') || 'none';
      const message = `no LogFormat defines the nickname ${text} (defined: ${known}), so that every line will be this word`;
      problems.push({ severity: 'warning', message, place });
    }
    return problems;
  });
}
