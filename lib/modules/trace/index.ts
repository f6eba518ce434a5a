import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { messageOf } from '../../errors.js';
import type { Module, ServerContext } from '../../http/module.js';
import { serverAccount } from '../unixd/settings.js';
import { traceActions } from './actions.js';
import { TRACE_DIRECTIVES, TRACE_FILES } from './settings.js';
import type { TraceFiles } from './trace-files.js';
import { filesOf, type Tracing } from './tracing.js';

/** The tracing of requests to extensions: its directives, and the folder of the traces that are kept. */
export function createTraceModule(tracing: Tracing): Module {
  return {
    name: 'isapi_trace',
    directives: TRACE_DIRECTIVES,
    actions: traceActions(tracing),
    hooks: {
      open: (server) => {
        const files = filesOf(server);
        if (isWanted(server)) makeFolder(files, server);
      },
      start: async (server) => {
        const files = filesOf(server);
        tracing.use(files);
        await look(files, server);
      },
      stop: () => tracing.stop(),
      log: (request) => {
        tracing.responseDone(request);
      },
    },
  };
}

function isWanted({ configuration }: ServerContext): boolean {
  return configuration.main.settings.get(TRACE_FILES).wanted;
}

/**
 * Makes the folder with the rights that the server was started with, and gives it to the user that the server will be.
 * What is wrong shows when it is looked at.
 */
function makeFolder({ folder }: TraceFiles, { configuration }: ServerContext): void {
  if (fs.existsSync(folder)) return;
  try {
    const made = fs.mkdirSync(folder, { recursive: true, mode: 0o750 });
    if (made === undefined || process.getuid?.() !== 0) return;
    const { uid, gid } = serverAccount(configuration);
    for (let each = folder; each.length >= made.length; each = path.dirname(each))
      fs.lchownSync(each, uid, gid);
  } catch {
    return;
  }
}

/** Finds out what is in the folder, and says now when traces are wanted and cannot be kept there. */
async function look(files: TraceFiles, server: ServerContext): Promise<void> {
  const { folder } = files;
  try {
    await files.load(true);
    if (isWanted(server)) fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
  } catch (error) {
    if (!isWanted(server)) return;
    server.log.write('traceFolderUnusable', { folder, reason: messageOf(error), user: ownName() });
  }
}

/** The name of the user that the server is by now. */
function ownName(): string {
  try {
    return os.userInfo().username;
  } catch {
    /* A number that no user has. */
    return `of the number ${String(process.getuid?.())}`;
  }
}
