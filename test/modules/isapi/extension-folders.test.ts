import { join } from 'node:path';
import t from 'tap';
import { runProgramApart } from '../../helpers/program-process.js';

t.test('a folder for extensions that is not there is told once, with its place', async (t) => {
  const root = t.testdir({
    'httpd.conf': [
      'Listen 127.0.0.1:0',
      'ServerName site.test',
      'DocumentRoot www',
      '<Directory "www/isapi">',
      '    Options ExecCGI',
      '</Directory>',
      '<Directory www/isapi>',
      '    AddHandler isapi-handler .dll',
      '</Directory>',
      '<Directory www/there>',
      '    SetHandler isapi-handler',
      '</Directory>',
      '<Directory www/other>',
      '    Options -ExecCGI +Indexes',
      '</Directory>',
      '<Directory www/*/bin>',
      '    Options +ExecCGI',
      '</Directory>',
      '<Directory ~ "www/x">',
      '    Options +ExecCGI',
      '</Directory>',
      '<VirtualHost *:80>',
      '    <Directory apps>',
      '        <Files a.asp>',
      '            SetHandler isapi-handler',
      '        </Files>',
      '    </Directory>',
      '</VirtualHost>',
      '',
    ].join('\n'),
    www: { there: {} },
  });
  const { status, error } = await runProgramApart(['check', '-f', join(root, 'httpd.conf')]);
  t.equal(status, 0);
  const told = error
    .split('\n')
    .filter((line) => line.includes(' is not a folder; put the extensions there'));
  t.same(
    told.map((line) => line.replaceAll(root, '@')),
    [
      '@/httpd.conf:4:12: warning: @/www/isapi is not a folder; put the extensions there, or name another one',
      '@/httpd.conf:23:16: warning: @/apps is not a folder; put the extensions there, or name another one',
    ],
  );
});
