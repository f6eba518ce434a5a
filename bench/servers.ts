import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compile, type Target } from '../test/helpers/compilers.js';
import { root } from '../test/helpers/root.js';
import { apacheConfiguration } from './apache.js';

/** A server that is running. */
export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A server that is measured. `uncached` says whether it can unload an extension after each request. */
export interface Contender {
  readonly name: string;
  readonly extension: boolean;
  readonly uncached: boolean;
  start(): Promise<RunningServer>;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(url: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    try {
      await (await fetch(url)).arrayBuffer();
      return;
    } catch {
      await delay(50);
    }
  }
  throw new Error(`${url} does not answer`);
}

async function run(
  command: string,
  args: readonly string[],
  url: string,
  log: string,
): Promise<RunningServer> {
  const output = fs.openSync(log, 'a');
  const child: ChildProcess = spawn(command, args, { stdio: ['ignore', output, output] });
  fs.closeSync(output);
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  await answers(url);
  return {
    url,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** isapi-host with the extension compiled for a target. */
export function isapiHost(target: Target, folder: string): Contender {
  const site = path.join(folder, target);
  const names = { elf: 'native', win64: 'Wine x64', win32: 'Wine x86' };
  return {
    name: `isapi-host, ${names[target]}`,
    extension: true,
    uncached: true,
    start: async () => {
      const port = await freePort();
      for (const name of ['bench.dll', 'uncached.dll']) {
        fs.mkdirSync(path.join(site, 'www'), { recursive: true });
        const flags = [`-I${path.join(root, 'isapi-samples')}`];
        const sources = [path.join(root, 'bench', 'extension.c')];
        if (target !== 'elf') sources.push(path.join(root, 'isapi-samples', 'isapi.def'));
        compile(target, sources, path.join(site, 'www', name), flags);
      }
      fs.writeFileSync(
        path.join(site, 'httpd.conf'),
        `ServerRoot "${site}"
ServerName localhost
Listen 127.0.0.1:${String(port)}
DocumentRoot "${site}/www"
MaxKeepAliveRequests 0
ErrorLog error.log
ISAPICacheFile www/bench.dll
<Directory "${site}/www">
  Options +ExecCGI
  AddHandler isapi-handler .dll
</Directory>
`,
      );
      const program = path.join(root, 'dist', 'lib', 'cli', 'main.js');
      const args = [program, 'serve', '-f', path.join(site, 'httpd.conf')];
      return run(process.execPath, args, `http://127.0.0.1:${String(port)}/`, path.join(site, 'output.log'));
    },
  };
}

/** Fastify with a fixed reply: what HTTP alone costs. */
export function fastifyFixed(folder: string): Contender {
  return {
    name: 'Fastify, fixed reply',
    extension: false,
    uncached: false,
    start: async () => {
      const port = await freePort();
      const program = path.join(root, 'dist', 'bench', 'fastify-fixed.js');
      const url = `http://127.0.0.1:${String(port)}/`;
      return run(process.execPath, [program, String(port)], url, path.join(folder, 'fastify.log'));
    },
  };
}

/** Apache with mod_isapi and the native extension. It never unloads one. */
export function apache(mpm: 'event' | 'worker', modIsapi: string, folder: string): Contender {
  return {
    name: `Apache, ${mpm} MPM`,
    extension: true,
    uncached: false,
    start: async () => {
      const port = await freePort();
      const file = path.join(folder, `apache-${mpm}.conf`);
      fs.writeFileSync(file, apacheConfiguration(mpm, modIsapi, path.join(folder, 'elf'), port));
      const url = `http://127.0.0.1:${String(port)}/`;
      return run(
        '/usr/sbin/apache2',
        ['-D', 'FOREGROUND', '-f', file],
        url,
        path.join(folder, `apache-${mpm}.out`),
      );
    },
  };
}
