import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { configure, serve } from '../../http/harness.js';
import { root } from '../../helpers/root.js';
import type { Argument, Directive } from '../../../lib/config/directive.js';
import { maskedArguments } from '../../../lib/modules/info/masking.js';

/** Compares a text with a golden file; TAP_SNAPSHOT=1 writes it. */
function golden(t: Test, name: string, actual: string): void {
  const file = join(root, 'test', 'modules', 'info', 'golden', name);
  if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(file, actual);
  t.equal(actual, existsSync(file) ? readFileSync(file, 'utf8') : '', name);
}

/** The text of a page, a line for each item of a list or piece of text. */
function textOf(page: string, folder: string): string {
  return page
    .replace(/^[^]*<main id="main">/, '')
    .replaceAll(folder, '@ROOT@')
    .replace(/\n/g, ' ')
    .replace(/<(?:li|h[123]|section|p|div|dt|summary)\b[^>]*>/g, '\n')
    .replace(/<\/?dd>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter((line) => line !== '')
    .join('\n')
    .concat('\n');
}

const CONFIG = `<Location "/server-info">
    SetHandler server-info
</Location>
<IfModule mod_info.c>
    SetEnv HERE yes
</IfModule>
<IfModule mod_nothing.c>
    SetEnv THERE no
</IfModule>
Include extra.conf
<Directory "www">
    Require all granted
    <Limit POST>
        Require ip 10.0.0.0/8
    </Limit>
</Directory>
`;

const EXTRA = `SetEnv DB_PASSWORD "hidden value"
SetEnv GREETING "hello <you>"
RequestHeader set Authorization "Basic aGlkZGVu"
`;

t.test('server-info shows the configuration with the place of each directive', async (t) => {
  const server = await serve(t, { config: CONFIG, files: { 'extra.conf': EXTRA } });
  const get = async (query: string): Promise<string> => {
    const { status, body } = await server.get(`/server-info${query}`);
    t.equal(status, 200, query);
    return body;
  };
  golden(t, 'config.txt', textOf(await get('?config'), server.root));
  golden(t, 'module.txt', textOf(await get('?mod_env.c'), server.root));
  golden(t, 'providers.txt', textOf(await get('?providers'), server.root));
  golden(t, 'hooks.txt', textOf(await get('?hooks'), server.root));
  const all = await get('');
  t.notMatch(all, /hidden value|aGlkZGVu|<you>/);
  t.match(textOf(await get('?list'), server.root), /\bmod_info\.c\b/);
  t.match(await get('?server'), /isapi-host\/1\.2\.3/);
  t.equal(await get('?env_module'), await get('?mod_env.c'));

  t.equal((await server.get('/server-info?mod_nothing.c')).status, 404);
  t.equal((await server.get('/server-info?%3Cscript%3E')).status, 404);
  const { headers } = await server.get('/server-info');
  t.match(headers['content-security-policy'], /^default-src 'none'; style-src 'sha256-/);
  const refused = await server.send(
    'POST /server-info HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  );
  t.match(refused, /^HTTP\/1\.1 405 [^]*\r\nAllow: GET,HEAD\r\n/);
});

/** Directives, and what is shown of their arguments. */
const MASKED: readonly (readonly [line: string, shown: string])[] = [
  ['SSLPassPhraseDialog exec:/usr/bin/pass', 'exec:********'],
  ['SSLPassPhraseDialog "|/usr/bin/pass -x abc"', '|********'],
  ['SSLPassPhraseDialog builtin', 'builtin'],
  ['SetEnv DB_PASS abc', 'DB_PASS ********'],
  ['SetEnv API_TOKEN "a b"', 'API_TOKEN ********'],
  ['SetEnv KEYBOARD qwertz', 'KEYBOARD qwertz'],
  ['SetEnv DSN "odbc://me:abc@db/x"', 'DSN odbc://me:********@db/x'],
  ['SetEnvIf X-Api-Key ^abc$ known=1 secret=abc', 'X-Api-Key ******** known=1 secret=********'],
  ['SetEnvIf Request_URI ^/a a=1', 'Request_URI ^/a a=1'],
  ['AuthBasicFake demo abc', 'demo ********'],
  ['Header always set Set-Cookie "id=abc" env=x', 'always set Set-Cookie ******** env=x'],
  ['RequestHeader set X-Auth-Token abc', 'set X-Auth-Token ********'],
  ['Header set X-Frame-Options DENY', 'set X-Frame-Options DENY'],
  [
    `Require expr "%{HTTP:X-Token} == 'abc' && %{REQUEST_URI} =~ m#^/a#"`,
    `expr "%{HTTP:X-Token} == '********' && %{REQUEST_URI} =~ '********'"`,
  ],
  [`Require expr "%{REQUEST_URI} == '/abc'"`, `expr "%{REQUEST_URI} == '/abc'"`],
  ['ErrorLog "|/usr/bin/logger --password=abc"', '"|/usr/bin/logger --password=********"'],
  ['Redirect /a "https://x/?token=abc&b=1"', '/a https://x/?token=********&b=1'],
  ['AuthUserFile conf/passwords', 'conf/passwords'],
];

t.test('what is secret in a configuration is masked', async (t) => {
  const folder = t.testdir({ www: {} });
  for (const [line, shown] of MASKED) {
    const [name = ''] = line.split(' ', 1);
    t.equal(maskedArguments(name, argumentsOf(name, line, folder)), shown, line);
  }
});

/** The arguments of a line, as the reader takes it apart. */
function argumentsOf(name: string, line: string, folder: string): readonly Argument[] {
  const directive: Directive = {
    name,
    syntax: '',
    help: '',
    contexts: ['server'],
    args: [0, Infinity],
    apply: () => undefined,
  };
  return configure(line, folder, [{ name: 'test', directives: [directive] }]).tree[0]?.args ?? [];
}
