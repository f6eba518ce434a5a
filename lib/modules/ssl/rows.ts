import { statSync } from 'node:fs';
import type { Argument, Context, Directive, DirectiveContext } from '../../config/directive.js';
import { fetchedFile } from '../../config/kept-files.js';
import { TLS } from '../../http/tls/settings.js';

export const GLOBAL: readonly Context[] = ['server'];
export const SERVER: readonly Context[] = ['server', 'virtual host'];
export const ANYWHERE: readonly Context[] = ['server', 'virtual host', 'directory', '.htaccess'];

/** A row for a file that has to be there and not empty. */
export function file(
  name: string,
  key: 'chainFile' | 'caFile' | 'crlFile' | 'ticketKeyFile',
  help: string,
): Directive {
  return {
    name,
    syntax: 'file',
    contexts: SERVER,
    args: [1, 1],
    help,
    apply(context, argument) {
      const found = existingFile(context, name, argument);
      if (found !== undefined) context.server.set(TLS, key, found);
    },
  };
}

/** A row for a folder that has to be there. */
export function folder(name: string, key: 'caPath' | 'crlPath', help: string): Directive {
  return {
    name,
    syntax: 'folder',
    contexts: SERVER,
    args: [1, 1],
    help,
    apply(context, argument) {
      const path = context.resolvePath(argument.text);
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
        context.error(`${name}: directory '${path}' does not exist`, argument);
        return;
      }
      context.server.set(TLS, key, { text: path, place: argument.place });
    },
  };
}

/** A row for on and off. */
export function flag(
  name: string,
  key: 'honorCipherOrder' | 'tickets' | 'strictSni',
  usual: string,
  help: string,
): Directive {
  return {
    name,
    syntax: 'on|off',
    default: usual,
    contexts: SERVER,
    args: 'flag',
    help,
    apply(context, argument) {
      context.server.set(TLS, key, argument.text.toLowerCase() === 'on');
    },
  };
}

/** The absolute path of a file that has to be there and not empty; reports it otherwise. */
export function existingFile(
  context: DirectiveContext,
  name: string,
  argument?: Argument,
): Argument | undefined {
  const path = context.resolvePath(argument?.text ?? '');
  if (!hasContent(path)) {
    context.error(`${name}: file '${path}' does not exist or is empty`, argument);
    return undefined;
  }
  return { text: path, place: argument?.place ?? context.place };
}

/** Whether a file has something in it; one that root alone can reach was read for this process. */
function hasContent(path: string): boolean {
  if (fetchedFile(path) !== undefined) return true;
  try {
    const stats = statSync(path);
    return stats.isFile() && stats.size > 0;
  } catch {
    return false;
  }
}

/** Whether a directive about the handshake stands where it is too late for it; tells so. */
export function isTooLate(context: DirectiveContext, name: string, advice: string): boolean {
  if (context.section === 'server' || context.section === 'VirtualHost') return false;
  const reason = 'would need a second handshake here, which clients of TLS 1.3 and HTTP/2 refuse';
  context.error(`${name} ${reason}; ${advice}`);
  return true;
}
