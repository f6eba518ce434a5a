import { messageOf } from '../../errors.js';
import { setupWine } from './setup.js';

/** What root starts as another user (`account-setup.ts`): the set-up for that user. */
try {
  await setupWine({
    report: (line) => process.stdout.write(`${line}\n`),
    force: process.argv.includes('--force'),
  });
} catch (error) {
  process.stderr.write(messageOf(error));
  process.exitCode = 1;
}
