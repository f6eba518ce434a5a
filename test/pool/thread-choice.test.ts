import t from 'tap';

import { chooseThread } from '../../lib/pool/thread-choice.js';
import { FakeExchange } from '../helpers/exchange.js';

type Thread = Parameters<typeof chooseThread>[0][number];

const IDLE = { state: 'idle', ahead: 0, takesAhead: false };

/** A thread that runs a request of a cached extension and has others waiting behind it. */
const busy = (ahead: number, takesAhead = true): typeof IDLE => ({ state: 'busy', ahead, takesAhead });

/** The index of the thread that is chosen, -1 for none. */
function choose(threads: readonly (typeof IDLE)[], cached: boolean, usual: number | undefined): number {
  // Of a thread the choice sees no more than these.
  const seen = threads as unknown as Thread[];
  const thread = chooseThread(seen, new FakeExchange('x', { cached }), usual);
  return thread === undefined ? -1 : seen.indexOf(thread);
}

t.test('an idle thread takes what no other one should', async (t) => {
  t.equal(choose([busy(0), IDLE, IDLE], false, 0.01), 1, 'uncached');
  t.equal(choose([busy(0), IDLE], true, undefined), 1, 'not known yet');
  t.equal(choose([busy(0), IDLE], true, 2), 1, 'too long to wait for');
  t.equal(choose([busy(0, false), IDLE], true, 0.01), 1, 'behind one that is held up');
});

t.test(
  'very short requests gather in the first thread, for as long as another one takes to wake',
  async (t) => {
    t.equal(choose([busy(0), IDLE], true, 0.1), 0);
    t.equal(choose([busy(1), IDLE], true, 0.1), 0);
    t.equal(choose([busy(3), IDLE], true, 0.1), 1, '0.4 ms of waiting are too many');
    t.equal(choose([busy(3), busy(0), IDLE], true, 0.1), 1, 'the second one has room');
    t.equal(choose([busy(30), IDLE], true, 0.005), 0);
    t.equal(choose([busy(31), IDLE], true, 0.005), 1, 'however short they are');
  },
);

t.test('without an idle thread the one with the fewest takes it, up to three ahead', async (t) => {
  t.equal(choose([busy(2), busy(1), busy(2)], true, 2), 1);
  t.equal(choose([busy(3), busy(3)], true, 2), -1);
  t.equal(choose([busy(0), busy(0)], false, 0.01), -1, 'uncached');
  t.equal(choose([busy(0, false)], true, 0.01), -1, 'held up');
  t.equal(choose([], true, 0.01), -1);
});
