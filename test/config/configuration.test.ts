import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { loadConfiguration, type Configuration } from '../../lib/config/configuration.js';
import { formatProblem } from '../../lib/config/problems.js';
import { fakeModules, trailOf } from './fake-modules.js';

function load(file: string, text: string): Configuration {
  const { configuration, problems } = loadConfiguration({
    file,
    text,
    modules: fakeModules,
    environment: {},
  });
  if (!configuration) throw new Error(problems.map(formatProblem).join('\n'));
  return configuration;
}

void t.test('a file that cannot be read is a problem', (t) => {
  const folder = t.testdir({});
  const missing = loadConfiguration({ file: join(folder, 'none.conf'), modules: [] });
  t.equal(missing.configuration, undefined);
  t.strictSame(missing.problems, [
    {
      severity: 'error',
      message: `Could not open configuration file ${folder}/none.conf: No such file or directory`,
    },
  ]);
  const [problem] = loadConfiguration({ file: folder, modules: [] }).problems;
  t.match(problem?.message, /it is a folder, not a file/);
  t.end();
});

void t.test('ServerRoot is the folder of the file until it is given', (t) => {
  const folder = t.testdir({ root: {}, 'httpd.conf': 'ServerRoot root\n' });
  const file = join(folder, 'httpd.conf');
  t.equal(load(file, '').serverRoot, folder);
  t.equal(load(file, '').resolvePath('logs/error_log'), `${folder}/logs/error_log`);
  t.equal(load(file, '').resolvePath('/var/log'), '/var/log');
  const read = loadConfiguration({ file, modules: fakeModules });
  t.equal(read.configuration?.serverRoot, `${folder}/root`);
  const given = loadConfiguration({ file, text: '', serverRoot: '/srv', modules: fakeModules });
  t.equal(given.configuration?.serverRoot, '/srv');
  t.end();
});

void t.test('the configuration names every file that was read, in order', (t) => {
  const folder = t.testdir({
    'httpd.conf': 'Include a.conf\nInclude b.conf',
    'a.conf': 'Include b.conf',
    'b.conf': '',
  });
  const { configuration } = loadConfiguration({ file: join(folder, 'httpd.conf'), modules: fakeModules });
  t.strictSame(
    configuration?.files,
    ['httpd.conf', 'a.conf', 'b.conf', 'b.conf'].map((name) => join(folder, name)),
  );
  t.end();
});

void t.test('text that is not UTF-8 is refused in directives and passed over in comments', (t) => {
  const folder = t.testdir({ 'comment.conf': '', 'directive.conf': '' });
  writeFileSync(join(folder, 'comment.conf'), Buffer.from('# gr\xfcn\nMark a\n', 'latin1'));
  writeFileSync(join(folder, 'directive.conf'), Buffer.from('Mark gr\xfcn\n', 'latin1'));
  const comment = loadConfiguration({ file: join(folder, 'comment.conf'), modules: fakeModules });
  t.strictSame(comment.problems, []);
  const directive = loadConfiguration({ file: join(folder, 'directive.conf'), modules: fakeModules });
  t.match(directive.problems, [{ message: /not valid UTF-8/, place: { line: 1, column: 8 } }]);
  t.end();
});

void t.test('more problems than anyone reads are counted', (t) => {
  const { problems } = loadConfiguration({ file: '/x/y.conf', text: 'Nope\n'.repeat(600), modules: [] });
  t.equal(problems.length, 501);
  t.equal(problems.at(-1)?.message, '100 more problems are not shown');
  t.end();
});

void t.test('requests with the same sections share their settings', (t) => {
  const { main } = load(
    '/srv/httpd.conf',
    '<Directory /srv/www>\nTrail a\n</Directory>\n<Location /x>\nTrail x\n</Location>\n<Files *.dll>\nTrail dll\n</Files>',
  );
  const first = main.settingsFor({ filename: '/srv/www/a/one.dll', path: '/one' });
  const second = main.settingsFor({ filename: '/srv/www/b/two.dll', path: '/two' });
  const third = main.settingsFor({ filename: '/srv/www/b/two.dll', path: '/x/two' });
  t.equal(trailOf(first.settings), 'a dll mark=none');
  t.equal(first.settings, second.settings);
  t.equal(trailOf(third.settings), 'a dll x mark=none');
  t.equal(main.settingsFor({ filename: '/srv/www/a/one.dll', path: '/one' }), first);
  t.equal(main.locationSettings('/x/y'), main.locationSettings('/x'));
  t.equal(trailOf(main.locationSettings('/x')), 'x mark=none');
  t.equal(main.locationSettings('/y'), main.settings);
  t.equal(main.settingsFor({ filename: '', path: '/y' }).settings, main.settings);
  t.end();
});

void t.test('more files than are remembered still get their settings', (t) => {
  const { main } = load('/srv/httpd.conf', '<FilesMatch "7$">\nTrail seven\n</FilesMatch>');
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 2500; index++) {
      const { settings } = main.settingsFor({ filename: `/srv/${index}`, path: `/${index}` });
      const expected = index % 10 === 7 ? 'seven mark=none' : 'mark=none';
      if (trailOf(settings) !== expected) t.fail(`${index} has ${trailOf(settings)}`);
      main.locationSettings(`/${index}`);
    }
  }
  t.pass('5000 requests');
  t.end();
});

void t.test('a .htaccess is read again when it changes, appears or goes', (t) => {
  const folder = t.testdir({ www: { sub: {} } });
  const { main } = load(join(folder, 'httpd.conf'), '<Directory www>\nAllowOverride FileInfo\n</Directory>');
  const file = join(folder, 'www', 'sub', '.htaccess');
  const write = (text: string): void => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const query = { filename: join(folder, 'www/sub/x'), path: '/sub/x' };
  const ask = (): string => trailOf(main.settingsFor(query).settings);
  t.equal(ask(), 'mark=none');
  write('Trail one');
  t.equal(ask(), 'one mark=none');
  t.equal(main.settingsFor(query).settings, main.settingsFor(query).settings);
  write('Trail another');
  t.equal(ask(), 'another mark=none');
  write('Nonsense');
  t.match(main.settingsFor(query).problems, [{ severity: 'error', place: { file, line: 1 } }]);
  t.match(main.settingsFor(query).problems, [{ message: /Nonsense/ }]);
  write('');
  t.strictSame(main.settingsFor(query).problems, []);
  t.equal(ask(), 'mark=none');
  t.end();
});

void t.test('warnings of a .htaccess come once for each time it is read', (t) => {
  const folder = t.testdir({ '.htaccess': 'Trail "open' });
  const { main } = load(join(folder, 'httpd.conf'), '<Directory />\nAllowOverride All\n</Directory>');
  const query = { filename: join(folder, 'x'), path: '/x' };
  t.match(main.settingsFor(query).warnings, [{ message: 'this quote is not closed' }]);
  t.strictSame(main.settingsFor(query).warnings, []);
  writeFileSync(join(folder, '.htaccess'), 'Trail "still open');
  t.equal(main.settingsFor(query).warnings.length, 1);
  t.end();
});

void t.test('where no .htaccess is allowed, none is looked for', (t) => {
  const folder = t.testdir({ '.htaccess': 'Nonsense' });
  const { main } = load(join(folder, 'httpd.conf'), '<Directory />\nAllowOverride None\n</Directory>');
  const found = main.settingsFor({ filename: join(folder, 'x'), path: '/x' });
  t.strictSame(found.problems, []);
  t.end();
});
