import t from 'tap';
import { MethodSet } from '../../lib/config/methods.js';

const named = (...names: string[]): MethodSet => new MethodSet(names, false);
const except = (...names: string[]): MethodSet => new MethodSet(names, true);
const shown = (set: MethodSet): string =>
  ['GET', 'POST', 'PUT', 'BREW'].filter((method) => set.has(method)).join(' ');

t.test('HEAD is GET, and letter case counts', (t) => {
  t.equal(named('GET').has('HEAD'), true);
  t.equal(named('HEAD').has('GET'), true);
  t.equal(except('GET').has('HEAD'), false);
  t.equal(named('GET').has('get'), false);
  t.end();
});

t.test('sets are cut with each other and put together', (t) => {
  const sets = [
    MethodSet.ALL,
    MethodSet.NONE,
    named('GET', 'POST'),
    named('PUT'),
    except('GET'),
    except('PUT', 'POST'),
  ];
  for (const a of sets) {
    for (const b of sets) {
      for (const method of ['GET', 'POST', 'PUT', 'BREW']) {
        const label = `${shown(a)} and ${shown(b)}: ${method}`;
        t.equal(a.intersect(b).has(method), a.has(method) && b.has(method), label);
        t.equal(a.union(b).has(method), a.has(method) || b.has(method), label);
      }
    }
  }
  t.end();
});

t.test('a set knows whether it is all, nothing, or within another', (t) => {
  t.equal(MethodSet.ALL.isAll, true);
  t.equal(except('GET').isAll, false);
  t.equal(named('GET').intersect(named('POST')).isEmpty, true);
  t.equal(except('GET').intersect(except('POST')).isEmpty, false);
  t.equal(named('GET').isWithin(named('HEAD', 'POST')), true);
  t.equal(named('GET', 'PUT').isWithin(named('GET')), false);
  t.equal(named('POST').isWithin(except('GET')), true);
  t.equal(except('GET', 'POST').isWithin(except('GET')), true);
  t.equal(except('GET').isWithin(named('POST')), false);
  t.end();
});
