import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { messageOf } from '../../errors.js';
import type { ListenAddress } from '../../http/settings.js';

/** What is known of an address that is wanted. */
export type PortState =
  | { readonly state: 'free' }
  | { readonly state: 'taken'; readonly by: readonly Listener[] }
  | { readonly state: 'forbidden' | 'no such address' }
  | { readonly state: 'unknown'; readonly reason: string };

/** A process that listens. */
export interface Listener {
  readonly pid: number;
  /** its name, as the system has it */
  readonly name: string;
}

/** Opens an address for a moment, to see whether it can be had. */
export async function portState({ address, port }: ListenAddress): Promise<PortState> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, ...(address !== undefined && { host: address }) }, resolve);
    });
    await new Promise<void>((resolve) => server.close(() => resolve()));
    return { state: 'free' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EADDRINUSE') return { state: 'taken', by: listenersOn(port) };
    if (code === 'EACCES') return { state: 'forbidden' };
    if (code === 'EADDRNOTAVAIL') return { state: 'no such address' };
    return { state: 'unknown', reason: messageOf(error) };
  }
}

/** TCP_LISTEN in /proc/net/tcp (proc(5)). */
const LISTENING = '0A';

/** The processes that listen on a port, as far as this one may see them. */
export function listenersOn(port: number): Listener[] {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningInodes(file, port)));
  if (inodes.size === 0) return [];
  const pids = entries('/proc').filter((name) => /^\d+$/u.test(name));
  return pids
    .filter((pid) => entries(`/proc/${pid}/fd`).some((fd) => inodes.has(linkOf(`/proc/${pid}/fd/${fd}`))))
    .map((pid) => ({ pid: Number(pid), name: textOf(`/proc/${pid}/comm`).trim() }));
}

/** The sockets that listen on a port, as links in a process's folder name them. */
function listeningInodes(file: string, port: number): string[] {
  return textOf(file)
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/u);
      const isIt = state === LISTENING && parseInt(local.split(':')[1] ?? '', 16) === port;
      return isIt ? [`socket:[${inode ?? ''}]`] : [];
    });
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
