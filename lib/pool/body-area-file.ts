import path from 'node:path';
import { areaBytes, ServerArea } from '../channel/body-area.js';
import type { Identity } from './identity.js';

/** Files here are memory and never reach a disk. */
const MEMORY_FOLDER = '/dev/shm';

/** A body area that was made, and its file. */
export interface MadeArea {
  readonly area: ServerArea;
  readonly file: string;
}

/**
 * Makes the body area of a worker thread: in memory where the system has a folder for that with room in it, else in the
 * worker process's own folder. Throws what the file system says.
 * @param window bytes of response in flight
 */
export function makeArea(
  folder: string,
  thread: number,
  window: number,
  identity: Identity | undefined,
): MadeArea {
  const name = `t${String(thread)}.body`;
  const own = path.join(folder, name);
  const inMemory = path.join(MEMORY_FOLDER, `${folder.split(path.sep).slice(-2).join('-')}-${name}`);
  // A file that another user gets can be removed again from the own folder alone.
  const mayBeInMemory = process.platform === 'linux' && identity?.isRemote !== true;
  const made = (mayBeInMemory ? tryMake(inMemory, window) : undefined) ?? {
    area: new ServerArea(own, areaBytes(window)),
    file: own,
  };
  return made;
}

function tryMake(file: string, window: number): MadeArea | undefined {
  try {
    return { area: new ServerArea(file, areaBytes(window)), file };
  } catch {
    return undefined;
  }
}
