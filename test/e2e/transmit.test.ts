import { once } from 'node:events';
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';

import type { Reply } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost, workerPids } from '../helpers/server.js';
import { forEachTarget, lastErrors, pathFor } from '../helpers/targets.js';
