import fs from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../errors.js';
import type { Module, ServerContext } from '../../http/module.js';
import { handOver, ownUserName } from '../unixd/hand-over.js';
import { serverAccount } from '../unixd/settings.js';
import { traceActions } from './actions.js';
import { hasDefaultFolder, TRACE_DIRECTIVES, TRACE_FILES } from './settings.js';
import { isTraceFile, type TraceFiles } from './trace-files.js';
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
        giveAway(files, server);
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

/** What an earlier server of another user has left there would be neither shown nor removed. */
function giveAway({ folder }: TraceFiles, { configuration }: ServerContext): void {
  const account = serverAccount(configuration);
  if (process.getuid?.() !== 0 || account.uid === 0 || !fs.existsSync(folder)) return;
  try {
    handOver({ folder, isOwn: isTraceFile, isDefault: hasDefaultFolder(configuration) }, account);
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
    server.log.write('traceFolderUnusable', { folder, reason: messageOf(error), user: ownUserName() });
  }
}
