import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { root } from '../helpers/root.js';
import { option, readCase, type ApacheCase, type CaseSection } from './case-file.js';
import { ask } from './requests.js';
import { apacheIsThere, contestants, type Contestant } from './servers.js';

const folder = join(root, 'test', 'apache', 'cases');
const chosen = process.argv.slice(2);

if (!apacheIsThere()) {
  t.plan(0, 'needs Debian’s apache2: apt-get install -y apache2');
} else {
  for (const name of readdirSync(folder)
    .filter((each) => each.endsWith('.txt'))
    .sort()) {
    if (chosen.length > 0 && !chosen.some((start) => name.startsWith(start))) continue;
    t.test(name.slice(0, -4).replaceAll('-', ' '), (t) => compare(t, readCase(join(folder, name))));
  }
}

async function compare(t: Test, apacheCase: ApacheCase): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'apache-'));
  t.teardown(() => rmSync(base, { recursive: true, force: true }));
  // Apache's own user reads the files.
  chmodSync(base, 0o755);
  const both = await contestants(base, apacheCase);
  const refused = apacheCase.sections.find(({ kind }) => kind === 'refused');
  if (refused !== undefined) {
    compareRefusals(t, both, refused);
    return;
  }
  t.teardown(() => Promise.all(both.map((each) => each.stop())));
  await Promise.all(both.map((each) => each.start()));
  for (const section of apacheCase.sections) {
    if (section.kind !== 'request') continue;
    const [apache, ours] = await Promise.all(both.map((each) => ask(each, section)));
    t.same(ours, apache, `line ${section.line}: ${section.text.split('\n')[0] ?? ''}`);
  }
  await Promise.all(both.map((each) => each.stop()));
  for (const { kind, words } of apacheCase.sections) {
    if (kind !== 'same-file') continue;
    const [apache, ours] = both.map((each) => textOf(each, words[0] ?? ''));
    t.equal(ours, apache, words.join(' '));
  }
}

function compareRefusals(t: Test, both: readonly Contestant[], section: CaseSection): void {
  const [apache, ours] = both.map((each) => each.refusal());
  t.ok(apache, 'Apache refuses it');
  t.ok(ours, 'isapi-host refuses it');
  if (option(section, 'no-line') === undefined) t.equal(ours?.line, apache?.line, 'at the same line');
  if (option(section, 'no-message') === undefined) t.equal(ours?.message, apache?.message);
}

function textOf({ root: own, clear }: Contestant, name: string): string {
  const file = join(own, name);
  return existsSync(file) ? clear(readFileSync(file, 'utf8')) : 'no such file';
}
