import t from 'tap';
import { describeOptions, parseOptions, type Option } from '../../lib/cli/command.js';
import { COMMANDS, runProgram } from '../../lib/cli/program.js';

const OPTIONS: readonly Option[] = [
  { name: 'file', short: 'f', value: 'FILE', help: 'a file' },
  { name: 'define', short: 'D', value: 'NAME', multiple: true, help: 'a name' },
  { name: 'test', short: 't', help: 'a switch' },
];

t.test('options are read by their rows', async (t) => {
  const { flags, values, rest } = parseOptions(['-f', 'a', '-D', 'x', '--define=y', '-t', 'more'], OPTIONS);
  t.same([...flags], ['test']);
  t.same(
    [...values],
    [
      ['file', ['a']],
      ['define', ['x', 'y']],
    ],
  );
  t.same(rest, ['more']);
});

t.test('what no row has is refused', async (t) => {
  t.throws(() => parseOptions(['--nonsense'], OPTIONS), { code: 'USAGE', message: /--nonsense/ });
  t.throws(() => parseOptions(['-f'], OPTIONS), { code: 'USAGE' });
  t.throws(() => parseOptions(['-f', 'a', '-f', 'b'], OPTIONS), {
    code: 'USAGE',
    message: '--file may be given once only',
  });
});

t.test('help lists options one below the other', async (t) => {
  t.same(describeOptions(OPTIONS), [
    '  -f, --file FILE    a file',
    '  -D, --define NAME  a name',
    '  -t, --test         a switch',
  ]);
});

/** Runs the program with what it writes kept. */
async function run(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  const out: string[] = [];
  const error: string[] = [];
  const status = await runProgram(args, { out: (line) => out.push(line), error: (line) => error.push(line) });
  return { status, out: out.join('\n'), error: error.join('\n') };
}

t.test('help names every command, and each command explains itself', async (t) => {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  for (const args of [[], ['help'], ['--help'], ['-h']]) {
    const { status, out } = await run(...args);
    t.equal(status, 0);
    for (const { name, short } of COMMANDS) t.match(out, `  ${name.padEnd(width)}  ${short}`);
  }
  for (const { name, usage, long, options } of COMMANDS) {
    for (const args of [
      ['help', name],
      [name, '--help'],
    ]) {
      const { status, out } = await run(...args);
      t.equal(status, 0);
      t.match(out, `Usage: isapi-host ${usage}\n\n${long}`.split('\n')[0]);
      t.ok(out.includes(long));
      for (const { help } of options) t.match(out, help);
    }
  }
});

t.test('--version tells the version of package.json', async (t) => {
  t.match(await run('--version'), { status: 0, out: /^isapi-host \d+\.\d+\.\d+/ });
});

t.test('a wrong command line ends with status 2 and says where help is', async (t) => {
  const rows: [args: string[], message: string][] = [
    [
      ['nonsense'],
      `isapi-host: there is no command nonsense; the commands are ${COMMANDS.map(({ name }) => name).join(', ')}`,
    ],
    [['help', 'nonsense'], 'isapi-host: there is no command nonsense'],
    [
      ['serve', '-d', '/nowhere'],
      'isapi-host: there is no configuration file: neither /nowhere/conf/httpd.conf nor',
    ],
    [['check', 'x'], 'isapi-host: check takes no argument x'],
    [['serve', '-f', 'x', 'y'], 'isapi-host: serve takes no argument y'],
    [['serve', '--port', '1'], "isapi-host: Unknown option '--port'"],
    [['setup'], 'isapi-host: setup takes what to set up: wine'],
    [['pool'], 'isapi-host: pool takes list, or recycle and the name of a pool'],
    [['pool', 'list', 'x'], 'isapi-host: pool takes list, or recycle and the name of a pool'],
    [['pool', 'recycle'], 'isapi-host: pool takes list, or recycle and the name of a pool'],
    [['extension', 'unload'], 'isapi-host: extension takes unload and the file of an extension'],
    [['setup', 'dos'], 'isapi-host: setup takes what to set up: wine'],
  ];
  for (const [args, message] of rows) {
    const { status, error } = await run(...args);
    t.equal(status, 2, args.join(' '));
    t.match(error, message);
    t.match(error, /\nRun isapi-host help for what there is\.$/);
  }
});

t.test('a configuration that is wrong is shown whole and nothing is started', async (t) => {
  const root = t.testdir({
    'httpd.conf': 'Lissten 80\nTimeout never\nCustomLog a.log none\n',
    'pools.ini': '[default]\nthreads.max = many\n',
  });
  const { status, error } = await run('serve', '-f', `${root}/httpd.conf`);
  t.equal(status, 1);
  t.match(
    error,
    `${root}/httpd.conf:1:1: error: Invalid command 'Lissten', did you mean Listen?\nLissten 80\n^`,
  );
  t.match(error, `${root}/httpd.conf:2:9: error: Timeout must be a number`);
  t.match(error, `${root}/pools.ini:2:`);
  t.match(error, /\nisapi-host: 3 errors; nothing was started$/);
});

t.test('what only shows when all was read is an error as well', async (t) => {
  const root = t.testdir({ 'httpd.conf': 'DocumentRoot .\nCustomLog a.log none\n' });
  const { status, error } = await run('serve', '-f', `${root}/httpd.conf`, '-t');
  t.equal(status, 1);
  t.match(error, 'httpd.conf:2:17: warning: no LogFormat defines the nickname none');
  t.match(error, 'httpd.conf has no Listen');
});

t.test('-t checks only', async (t) => {
  const root = t.testdir({
    'httpd.conf':
      'Listen 127.0.0.1:1\nDocumentRoot none\n<IfDefine BAD>\nNonsense\n</IfDefine>\n<IfModule isapi_module>\nISAPIFakeAsync On\n</IfModule>\n',
  });
  const good = await run('serve', '-t', '-f', `${root}/httpd.conf`);
  t.equal(good.status, 0);
  t.match(good.error, /2:14: warning: DocumentRoot .*\nDocumentRoot none\n {13}\^\nSyntax OK$/);
  const bad = await run('serve', '-t', '-f', `${root}/httpd.conf`, '-D', 'BAD');
  t.equal(bad.status, 1);
  t.match(bad.error, "4:1: error: Invalid command 'Nonsense'");
});

t.test('a file that cannot be read is an error', async (t) => {
  const { status, error } = await run('serve', '-f', '/nowhere/httpd.conf');
  t.equal(status, 1);
  t.match(error, /Could not open configuration file \/nowhere\/httpd\.conf/);
});
