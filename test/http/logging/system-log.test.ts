import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import t from 'tap';
import type { LogReports } from '../../../lib/http/logging/log-sink.js';
import { openLog } from '../../../lib/http/logging/log-target.js';
import { parseSyslog } from '../../../lib/http/logging/system-log.js';

const skip = process.platform === 'win32' ? 'Windows has no syslog' : false;
const none = (): void => undefined;
const reports: LogReports = { trouble: none, mended: none, ended: none, said: none };

t.test('facilities are found by the beginnings of their names', { skip }, async (t) => {
  t.same(parseSyslog('syslog'), { facility: 23, tag: 'isapi-host' });
  t.same(parseSyslog('syslog:user'), { facility: 1, tag: 'isapi-host' });
  t.same(parseSyslog('syslog:LOCAL1:web'), { facility: 17, tag: 'web' });
  t.same(parseSyslog('syslog:local'), { facility: 16, tag: 'isapi-host' });
  t.same(parseSyslog('syslog::web:one'), { facility: 23, tag: 'web:one' });
  t.match(
    parseSyslog('syslog:nothing'),
    /^there is no facility nothing; those of syslog are auth, authpriv,/,
  );
});

t.test('lines go to the program logger, with facility and severity', { skip }, async (t) => {
  const folder = t.testdir({});
  const program = join(folder, 'logger');
  writeFileSync(program, `#!/bin/sh\necho "$@" > ${folder}/args\ncat > ${folder}/lines\n`);
  chmodSync(program, 0o755);
  const path = process.env['PATH'] ?? '';
  process.env['PATH'] = folder + delimiter + path;
  t.teardown(() => (process.env['PATH'] = path));
  const log = openLog('syslog:user:web', folder, reports);
  log.write('an error\n', 3);
  log.write('a trace\n', 12);
  await log.close();
  t.equal(
    readFileSync(join(folder, 'args'), 'utf8'),
    `--prio-prefix --tag web --id=${process.pid} --size 8192\n`,
  );
  t.equal(readFileSync(join(folder, 'lines'), 'utf8'), '<11>an error\n<15>a trace\n');
});
