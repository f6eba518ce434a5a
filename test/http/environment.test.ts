import t from 'tap';
import { Environment } from '../../lib/http/environment.js';

t.test('letter case does not count in the names of variables', (t) => {
  const env = new Environment();
  t.equal(env.get('name'), undefined);
  t.notOk(env.has('name'));
  env.set('Name', 'one').set('Other', 'two').set('NAME', 'three');
  t.same(
    [...env],
    [
      ['Name', 'three'],
      ['Other', 'two'],
    ],
  );
  t.equal(env.get('name'), 'three');
  t.equal(env.get('Name'), 'three');
  t.ok(env.has('OTHER'));
  t.notOk(env.has('OTHERS'));
  t.ok(env.delete('oTHER'));
  t.notOk(env.delete('oTHER'));
  t.same([...env.keys()], ['Name']);
  env.clear();
  t.equal(env.size, 0);
  t.notOk(env.has('Name'));
  t.end();
});
