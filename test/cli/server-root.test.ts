import { join } from 'node:path';
import t from 'tap';
import { runProgramApart } from '../helpers/program-process.js';

const SITE = 'Listen 127.0.0.1:0\nServerName site.test\nDocumentRoot www\nErrorLog "logs/error_log"\n';

t.test('a file in a folder conf has the folder above it for ServerRoot, named or found', async (t) => {
  const root = t.testdir({ conf: { 'httpd.conf': SITE }, www: {}, logs: {} });
  for (const args of [['-f', 'conf/httpd.conf'], ['-f', join(root, 'conf', 'httpd.conf')], []]) {
    const { status, error } = await runProgramApart(['-t', ...args], { cwd: root });
    t.equal(status, 0, error);
    t.match(error, /Syntax OK/);
  }
});

t.test(
  'where paths begin is told when the place of the file decides, and an error may come from it',
  async (t) => {
    const root = t.testdir({ sub: { 'my.conf': SITE }, www: {}, logs: {} });
    const hint = `relative paths begin at ${join(root, 'sub')}, because of where sub/my.conf is; -d, or ServerRoot in it`;
    const options = { cwd: root };
    for (const command of [['-t'], ['check'], ['pool', 'list'], ['trace'], ['calls'], ['journal', 'clear']]) {
      const { status, error } = await runProgramApart([...command, '-f', 'sub/my.conf'], options);
      t.equal(status, 1, command.join(' '));
      t.match(error, 'sub/my.conf:4:10: error: Cannot access directory', command.join(' '));
      t.match(error, hint, command.join(' '));
    }
    const typo = await runProgramApart(['-t', '-d', root, '-f', 'sub/my.conf', '-c', 'Lisen 1'], options);
    t.match(typo, { status: 1, error: /Invalid command 'Lisen'/ });
    t.notMatch(typo.error, 'relative paths begin');
    t.match(await runProgramApart(['-t', '-d', root, '-f', 'sub/my.conf'], options), { status: 0 });
  },
);
