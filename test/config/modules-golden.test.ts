import t from 'tap';
import { builtInModules } from '../../lib/modules/index.js';
import { createTraceModule } from '../../lib/modules/trace/index.js';
import { Tracing } from '../../lib/modules/trace/tracing.js';
import { goldenCases, runConfiguration, writeGolden } from './golden.js';

// The directives of the server's own modules, where golden/ has made-up ones.
for (const each of goldenCases('golden-modules')) {
  void t.test(each.name, (t) => {
    const actual = runConfiguration(each.input, builtInModules([createTraceModule(new Tracing())]));
    if (process.env['TAP_SNAPSHOT'] === '1') writeGolden(each, actual);
    else t.equal(actual, each.expected);
    t.end();
  });
}
