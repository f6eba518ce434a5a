import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runProgram } from '../../lib/cli/program.js';

interface Result {
  readonly status: number;
  readonly out: string[];
  readonly error: string[];
}

async function run(...args: string[]): Promise<Result> {
  const out: string[] = [];
  const error: string[] = [];
  const streams = {
    out: (line: string) => out.push(...line.split('\n')),
    error: (line: string) => error.push(...line.split('\n')),
  };
  return { status: await runProgram(args, streams), out, error };
}

const MAIN = `Define SITE www
Listen 127.0.0.1:1
ServerName site.test
DocumentRoot \${SITE}
<IfDefine TWICE>
    Timeout 20
</IfDefine>
Include conf/*.conf
PidFile logs/x.pid
`;

/** A folder with a configuration of three files; the names of what is shown are relative to it. */
function folder(t: Test): { root: string; shown: (lines: readonly string[]) => string } {
  const root = t.testdir({
    'httpd.conf': MAIN,
    conf: {
      'a.conf': '<Directory "/">\n  Options None\n  Include conf/b.inc\n</Directory>\n',
      'b.inc': 'AllowOverride None\n',
    },
    www: {},
    logs: {},
  });
  return { root, shown: (lines) => lines.join('\n').replaceAll(root, '@') };
}

t.test('-t checks the configuration and says so on standard error', async (t) => {
  const { root } = folder(t);
  t.same(await run('-t', '-d', root, '-f', 'httpd.conf'), { status: 0, out: [], error: ['Syntax OK'] });
  t.same((await run('-t', '-d', root)).error, ['Syntax OK'], 'httpd.conf is found without -f');
});

t.test('a configuration that is wrong ends with status 1', async (t) => {
  const { root, shown } = folder(t);
  const { status, error } = await run('-t', '-d', root, '-C', 'Lissten 80', '-c', '<Directory /x>');
  t.equal(status, 1);
  t.equal(
    shown(error),
    `command line (-C):1:1: error: Invalid command 'Lissten', did you mean Listen?
Lissten 80
^
command line (-c):1:1: error: <Directory> was not closed; add </Directory> after the last line that belongs to it
<Directory /x>
^
isapi-host: 2 errors; nothing was started`,
  );
});

t.test('a wrong command line ends with status 1, as httpd does', async (t) => {
  t.equal((await run('-Z')).status, 1);
  t.equal((await run('-k', 'jump')).status, 1);
  t.match(
    (await run('-k', 'jump')).error[0],
    /-k takes one of start, stop, graceful-stop, restart, graceful/,
  );
  t.match((await run('-e', 'loud', '-t')).error[0], /-e takes one of emerg, alert, crit, error, warn/);
});

t.test('directives of -C come before the file and those of -c after it', async (t) => {
  const { root } = folder(t);
  const before = ['-C', 'Define TWICE', '-C', 'PidFile logs/c.pid'];
  const after = ['-c', '<IfDefine TWICE>', '-c', 'PidFile logs/last.pid', '-c', '</IfDefine>'];
  const pidFile = async (...args: string[]): Promise<string | undefined> =>
    (await run('-S', '-d', root, ...args)).out.find((line) => line.startsWith('PidFile'));
  t.equal(await pidFile(...before), `PidFile: "${root}/logs/x.pid"`);
  t.equal(await pidFile(...before, ...after), `PidFile: "${root}/logs/last.pid"`);
});

t.test('-D DUMP_CONFIG shows the tree after variables, with the places of its lines', async (t) => {
  const { root, shown } = folder(t);
  const { status, out, error } = await run('-D', 'DUMP_CONFIG', '-d', root);
  t.equal(status, 0);
  t.same(error, []);
  t.equal(
    shown(out),
    `# In file: @/httpd.conf
#   2:
Listen 127.0.0.1:1
#   3:
ServerName site.test
#   4:
DocumentRoot www
# In file: @/conf/a.conf
#   1:
<Directory "/">
  #   2:
  Options None
# In file: @/conf/b.inc
  #   1:
  AllowOverride None
# In file: @/conf/a.conf
</Directory>
# In file: @/httpd.conf
#   9:
PidFile logs/x.pid`,
  );
});

t.test('-D DUMP_INCLUDES shows the files with the lines that include them', async (t) => {
  const { root, shown } = folder(t);
  t.equal(
    shown((await run('-t', '-D', 'DUMP_INCLUDES', '-d', root)).out),
    'Included configuration files:\n  (*) @/httpd.conf\n    (8) @/conf/a.conf\n      (3) @/conf/b.inc',
  );
});

t.test('-S shows the virtual hosts and the main settings', async (t) => {
  const { root, shown } = folder(t);
  const { status, out } = await run('-S', '-d', root, '-D', 'EXTRA');
  t.equal(status, 0);
  const text = shown(out);
  t.match(text, /^VirtualHost configuration:\n/);
  t.match(
    text,
    'ServerRoot: "@"\nMain DocumentRoot: "@/www"\nMain ErrorLog: "@/logs/error_log"\nPidFile: "@/logs/x.pid"\n' +
      'ControlSocket: "@/logs/x.sock"\nListen: ',
  );
  const group = /^Group: name="(.*)" id=(\d+)/m.exec(text);
  t.equal(Number(group?.[2]), process.getgid?.() ?? 0);
  if (process.getgid?.() === 0) t.equal(group?.[1], 'root', 'by name');
  t.match(text, '\nDefine: EXTRA\nDefine: SITE=www\n');
});

t.test('-M and -l list the modules by both of their names', async (t) => {
  const { root } = folder(t);
  const loaded = (await run('-M', '-d', root)).out;
  t.equal(loaded[0], 'Loaded Modules:');
  t.ok(loaded.includes(' isapi_module (static)'));
  t.equal(loaded[1], ' core_module (static)');
  const { out, status } = await run('-l');
  t.equal(status, 0);
  t.same(out.slice(0, 2), ['Compiled in modules:', '  core.c']);
  t.ok(out.includes('  mod_isapi.c'));
});

t.test('-L lists directives with what they are for and where they may stand', async (t) => {
  const { out, status } = await run('-L');
  t.equal(status, 0);
  const text = out.join('\n');
  t.match(text, '\nISAPIFakeAsync (mod_isapi.c)\n\t');
  t.match(
    text,
    /\nISAPIFakeAsync \(mod_isapi\.c\)\n\t.*\n\tAllowed in \*\.conf anywhere and in \.htaccess\n\twhen AllowOverride includes FileInfo\n/,
  );
  t.match(
    text,
    /\n<Directory \(core\.c\)\n\t.*\n\tAllowed in \*\.conf only outside <Directory>, <Files>, <Location>, or <If>\n/,
  );
});

t.test('-v and -V tell the version', async (t) => {
  t.match((await run('-v')).out, [/^Server version: isapi-host\/\d+\.\d+\.\d+ \(/]);
  const { out } = await run('-V');
  t.match(out[0], /^Server version: isapi-host\//);
  t.ok(out.includes(' -D SERVER_CONFIG_FILE="conf/httpd.conf"'));
});

t.test('-T does not look for DocumentRoots, and -e says how severe a problem has to be', async (t) => {
  const root = t.testdir({ 'httpd.conf': 'Listen 127.0.0.1:1\nDocumentRoot nowhere\n' });
  t.match((await run('-t', '-d', root)).error.join('\n'), /DocumentRoot .* is not a folder/);
  t.same((await run('-t', '-T', '-d', root)).error, ['Syntax OK']);
  t.same((await run('-t', '-e', 'error', '-d', root)).error, ['Syntax OK']);
  t.same((await run('-t', '-T', '-e', 'info', '-d', root)).error, [
    `isapi-host: reads ${root}/httpd.conf`,
    'Syntax OK',
  ]);
});

t.test('-E has a file for what would be on standard error', async (t) => {
  const { root } = folder(t);
  t.same((await run('-t', '-d', root, '-E', join(root, 'errors'))).error, []);
  t.equal(readFileSync(join(root, 'errors'), 'utf8'), 'Syntax OK\n');
});

t.test('check --json has the problems with their places', async (t) => {
  const root = t.testdir({ 'httpd.conf': 'Listen 127.0.0.1:1\nDocumentRoot nowhere\n  Lissten 80\n' });
  const file = join(root, 'httpd.conf');
  const bad = await run('check', '-f', file, '--json');
  t.equal(bad.status, 1);
  t.match(JSON.parse(bad.out.join('')), {
    ok: false,
    errors: 1,
    warnings: 1,
    problems: [
      { severity: 'warning', file, line: 2, column: 14, source: 'DocumentRoot nowhere' },
      { severity: 'error', message: /did you mean Listen/, file, line: 3, column: 3, source: '  Lissten 80' },
    ],
  });
  const good = await run('check', '-f', file, '-T');
  t.equal(good.status, 2, '-T is none of its options');
  const fine = t.testdir({ 'httpd.conf': 'Listen 127.0.0.1:1\nDocumentRoot .\n' });
  t.same(JSON.parse((await run('check', '-d', fine, '--json')).out.join('')), {
    ok: true,
    errors: 0,
    warnings: 0,
    problems: [],
  });
});
