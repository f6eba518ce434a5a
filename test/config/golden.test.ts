import t from 'tap';
import { goldenCases, runConfiguration, writeGolden } from './golden.js';

for (const each of goldenCases('golden')) {
  void t.test(each.name, (t) => {
    const actual = runConfiguration(each.input);
    if (process.env['TAP_SNAPSHOT'] === '1') writeGolden(each, actual);
    else t.equal(actual, each.expected);
    t.end();
  });
}
