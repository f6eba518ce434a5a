import t from 'tap';
import type { Output } from '../../../lib/http/output.js';
import type { Section } from '../../../lib/modules/status/page/page.js';
import { MAX_VIEWERS, Viewers } from '../../../lib/modules/status/viewers.js';

/** A response that keeps what is written to it, and may be slow. */
class FakeOutput implements Output {
  headSent = false;
  status = 200;
  bytesSent = 0;
  readonly lost = false;
  readonly keepAlive = true;
  text = '';
  ended = false;
  aborted = false;
  slow = false;
  #lost: (() => void)[] = [];
  #drained: (() => void)[] = [];

  head(): void {
    this.headSent = true;
  }

  write(chunk: Uint8Array): boolean {
    this.text += Buffer.from(chunk).toString('utf8');
    return !this.slow;
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  drain(): void {
    this.slow = false;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  end(): void {
    this.ended = true;
  }

  abort(): void {
    this.aborted = true;
  }

  onLost(callback: () => void): void {
    this.#lost.push(callback);
  }

  lose(): void {
    for (const callback of this.#lost) callback();
  }

  closeAfter(): void {
    return;
  }

  /** The sections of each event, and takes them away. */
  events(): Record<string, string>[] {
    const found = [...this.text.matchAll(/^event: sections\ndata: (.*)\n\n/gm)];
    this.text = '';
    return found.map(([, data = '']) => JSON.parse(data) as Record<string, string>);
  }
}

let count = 0;
const render = (): Section[] => [
  { id: 'same', text: 'always' },
  { id: 'other', text: String(++count) },
];

t.test('a viewer gets everything at first, and then what has changed', async (t) => {
  const viewers = new Viewers(render);
  const output = new FakeOutput();
  t.ok(viewers.add(output));
  t.match(output.text, /^retry: 3000\n\n/);
  t.match(output.events(), [{ same: 'always', other: /\d/ }]);
  viewers.update();
  t.same(output.events(), [{ other: String(count) }]);
  viewers.end();
});

t.test('a comment keeps the connection when nothing has changed', async (t) => {
  const viewers = new Viewers(() => [{ id: 'same', text: 'always' }]);
  const output = new FakeOutput();
  viewers.add(output);
  output.text = '';
  viewers.update();
  t.equal(output.text, ':\n\n');
  viewers.end();
});

t.test('there are no more than a bound, and one that has gone makes room', async (t) => {
  const viewers = new Viewers(render);
  const outputs = Array.from({ length: MAX_VIEWERS }, () => new FakeOutput());
  for (const output of outputs) t.ok(viewers.add(output));
  const late = new FakeOutput();
  t.notOk(viewers.add(late));
  t.notOk(late.headSent, 'it can still be told why');
  outputs[0]?.lose();
  t.equal(viewers.size, MAX_VIEWERS - 1);
  t.ok(viewers.add(late));
  viewers.end();
});

t.test(
  'a viewer that takes nothing is dropped, and one that is slow gets all that it has missed',
  async (t) => {
    const viewers = new Viewers(render);
    const [stuck, slow] = [new FakeOutput(), new FakeOutput()];
    stuck.slow = true;
    slow.slow = true;
    viewers.add(stuck);
    viewers.add(slow);
    slow.events();
    viewers.update();
    viewers.update();
    t.same(slow.events(), [], 'nothing is piled up for it');
    slow.drain();
    await new Promise((resolve) => setImmediate(resolve));
    viewers.update();
    t.same(slow.events(), [{ other: String(count) }]);
    t.ok(stuck.aborted);
    t.equal(viewers.size, 1);
    viewers.end();
  },
);

t.test('at the end of a configuration all streams end, and none is taken any more', async (t) => {
  const viewers = new Viewers(render);
  const output = new FakeOutput();
  viewers.add(output);
  viewers.end();
  t.ok(output.ended);
  t.equal(viewers.size, 0);
  t.notOk(viewers.add(new FakeOutput()));
});
