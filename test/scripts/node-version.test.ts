import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { root } from '../helpers/root.js';

const url = pathToFileURL(join(root, 'scripts/steps/node-version.mjs')).href;
const { nodeProblem } = (await import(url)) as { nodeProblem: (version?: string) => string | undefined };

t.test('a Node that is new enough is no problem', async (t) => {
  for (const version of ['20.19.0', '20.20.2', '22.0.0', '100.1.0'])
    t.equal(nodeProblem(version), undefined, version);
  t.equal(nodeProblem(), undefined, 'this one');
});

t.test('a Node that is too old is told what is needed', async (t) => {
  for (const version of ['18.20.4', '20.18.9', '9.0.0']) {
    t.equal(
      nodeProblem(version),
      `isapi-host needs Node 20.19 or later, and this is Node ${version} (${process.execPath}). ` +
        'Install a newer Node, or put it before this one in PATH.',
    );
  }
});
