import { unlinkSync } from 'node:fs';
import { keptRights } from './rights.js';

/**
 * Removes a file of the server's, with the rights that it was started with where its own do not do. Never rejects: what
 * cannot be removed stays.
 */
export async function removeFile(file: string): Promise<void> {
  try {
    unlinkSync(file);
  } catch {
    await keptRights()
      ?.remove(file)
      .catch(() => undefined);
  }
}
