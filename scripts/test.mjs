// npm test: prepares what is missing, then types, lint and every test; or, with arguments, only the tests whose file
// begins with one of them: npm test -- test/config. The last line is `N passed, N failed, N skipped`.
import { join, relative, sep } from 'node:path';
import { filesBelow } from './steps/build.mjs';
import { lastLines, root, runPackage } from './steps/command.mjs';
import { nodeProblem } from './steps/node-version.mjs';
import { prepare } from './steps/prepare.mjs';
import { createReport } from './steps/report.mjs';
import { runTestFiles } from './steps/test-files.mjs';
import { endWine } from './steps/wine.mjs';

/** Seconds that one test file may take. */
const FILE_TIMEOUT = 300;
const JOBS = 2;

const CHECKS = [
  { title: 'lint: eslint', path: 'eslint/bin/eslint.js', args: ['.', '--max-warnings', '0'] },
  { title: 'lint: prettier', path: 'prettier/bin/prettier.cjs', args: ['--check', '.'] },
  { title: 'lint: knip', path: 'knip/bin/knip.js', args: ['--no-progress'] },
];

const problem = nodeProblem();
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}

const report = createReport();
const chosen = process.argv.slice(2).map((name) => relative(root, join(root, name)).split(sep).join('/'));
const totals = { passed: 0, failed: [], skipped: [] };

const broken = await prepare(report);
if (!broken.includes('build') && !broken.includes('packages')) totals.passed++;
for (const name of broken) totals.failed.push({ name, details: ['see above'] });

if (!broken.includes('packages')) {
  if (chosen.length === 0) for (const check of CHECKS) await runCheck(check);
  await runTests();
  if (!broken.includes('build')) await endWine();
}
summarize();

async function runCheck({ title, path, args }) {
  const step = report.begin(title);
  const result = await runPackage(path, args);
  if (result.status === 0) {
    step.done('clean');
    totals.passed++;
  } else {
    const details = [lastLines(result.output, 60)];
    step.fail('found problems', details);
    totals.failed.push({ name: title, details: ['see above'] });
  }
}

async function runTests() {
  const step = report.begin('tests');
  const files = filesBelow(join(root, 'dist', 'test'))
    .filter((file) => file.endsWith('.test.js'))
    .map((file) => relative(root, file).split(sep).join('/'))
    .filter((file) => chosen.length === 0 || chosen.some((name) => belongsTo(sourceName(file), name)));
  if (files.length === 0) {
    step.fail('there is no such test');
    totals.failed.push({ name: 'tests', details: ['no test file was found'] });
    return;
  }
  let ended = 0;
  step.progress(`${files.length} files, ${JOBS} at a time`);
  const results = await runTestFiles(files, {
    jobs: JOBS,
    timeout: FILE_TIMEOUT,
    onFile(name, ok) {
      ended++;
      const text = `${ended} of ${files.length} files: ${sourceName(name)} ${ok ? 'passed' : 'FAILED'}`;
      if (ok) step.tick(text);
      else step.progress(text);
    },
  });
  if (results.passed + results.failed.length + results.skipped.length === 0) {
    results.failed.push({ name: 'tests', details: ['no test was run'] });
  }
  totals.passed += results.passed;
  totals.failed.push(...results.failed);
  totals.skipped.push(...results.skipped);
  const end = results.failed.length === 0 ? step.done : step.fail;
  end(`${results.passed} passed, ${results.failed.length} failed, ${results.skipped.length} skipped`);
}

/** dist/test/x.test.js is compiled from test/x.test.ts. */
function sourceName(file) {
  return file.replace(/^dist\//, '').replace(/\.js$/, '.ts');
}

function belongsTo(source, name) {
  const wanted = sourceName(name);
  return (
    source === wanted ||
    source.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`) ||
    source === `${wanted}.test.ts`
  );
}

function summarize() {
  for (const { name, details } of totals.failed) {
    report.line(`\nFAILED: ${sourceName(name)}`);
    for (const line of details.slice(0, 40)) report.line(`    ${line}`);
  }
  if (totals.skipped.length > 0) report.line('\nSkipped:');
  for (const { name, reason } of totals.skipped) report.line(`    ${sourceName(name)}: ${reason}`);
  const noSkip = process.env.ISAPI_HOST_TEST_NO_SKIP === '1' && totals.skipped.length > 0;
  if (noSkip) report.line('\nISAPI_HOST_TEST_NO_SKIP is set: what was skipped counts as failed.');
  const failed = totals.failed.length + (noSkip ? totals.skipped.length : 0);
  const skipped = noSkip ? 0 : totals.skipped.length;
  report.line(`\n${totals.passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed > 0 ? 1 : 0;
}
