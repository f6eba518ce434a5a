import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const MODULES = '/usr/lib/apache2/modules';

/** Whether Debian's apache2 and what compiles its modules are there. */
export function apacheIsThere(): boolean {
  return fs.existsSync(`${MODULES}/mod_mpm_event.so`) && fs.existsSync('/usr/bin/apxs');
}

/**
 * mod_isapi as a module of this machine's Apache: compiled from the source package of Debian, which leaves it out of
 * its own binaries. The newest source that can be fetched is taken. Kept in `folder`.
 */
export function buildModIsapi(folder: string, report: (line: string) => void): string {
  const source = path.join(folder, 'mod_isapi');
  const built = path.join(source, '.libs', 'mod_isapi.so');
  if (fs.existsSync(built)) return built;
  report("compiling mod_isapi from Debian's source package");
  fs.mkdirSync(path.join(source, 'lists', 'partial'), { recursive: true });
  fs.mkdirSync(path.join(source, 'parts'), { recursive: true });
  for (const name of fs.readdirSync('/etc/apt/sources.list.d')) {
    const text = fs.readFileSync(path.join('/etc/apt/sources.list.d', name), 'utf8');
    const sources = text.replace(/^Types:.*$/gm, 'Types: deb-src').replace(/^deb /gm, 'deb-src ');
    fs.writeFileSync(path.join(source, 'parts', name), sources);
  }
  const options = [
    'Dir::Etc::SourceList=/dev/null',
    `Dir::Etc::SourceParts=${path.join(source, 'parts')}`,
    `Dir::State::Lists=${path.join(source, 'lists')}`,
  ].flatMap((option) => ['-o', option]);
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: source, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  run('apt-get', ...options, 'update');
  const versions = [...run('apt-cache', ...options, 'showsrc', 'apache2').matchAll(/^Version: (\S+)/gm)];
  const found = versions.reverse().some(([, version = '']) => {
    try {
      run('apt-get', ...options, 'source', '--download-only', `apache2=${version}`);
      return true;
    } catch {
      return false;
    }
  });
  const archive = fs.readdirSync(source).find((name) => name.endsWith('.orig.tar.gz'));
  if (!found || archive === undefined) throw new Error('the source package of apache2 cannot be fetched');
  run('tar', '-xzf', archive, '--strip-components=4', '--wildcards', '*/arch/win32/mod_isapi.[ch]');
  run('apxs', '-c', 'mod_isapi.c');
  return built;
}

/** A configuration for Apache that serves the extension below `site` from memory. */
export function apacheConfiguration(
  mpm: 'event' | 'worker',
  modIsapi: string,
  site: string,
  port: number,
): string {
  const modules = ['authz_core', 'mime', 'alias'].map(
    (name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`,
  );
  return `ServerRoot "${site}"
ServerName localhost
Listen 127.0.0.1:${String(port)}
PidFile "${site}/apache-${mpm}.pid"
LoadModule mpm_${mpm}_module ${MODULES}/mod_mpm_${mpm}.so
${modules.join('\n')}
LoadModule isapi_module ${modIsapi}
User www-data
Group www-data
KeepAlive On
MaxKeepAliveRequests 0
StartServers 1
ServerLimit 1
ThreadsPerChild 32
MaxRequestWorkers 32
TypesConfig /etc/mime.types
DocumentRoot "${site}/www"
ErrorLog "${site}/apache-${mpm}.log"
ISAPICacheFile "${site}/www/bench.dll"
<Directory "${site}/www">
  Options +ExecCGI
  AddHandler isapi-handler .dll
  Require all granted
</Directory>
`;
}
