import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { exchange, parseResponse, serve } from './harness.js';

const SEED = 20_261_120;
const ROUNDS = 400;

/** Pseudo-random numbers from 0 to below a bound, the same in every run. */
function generator(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * bound);
  };
}

const seeds = [
  'GET /x.echo/info?query HTTP/1.1\r\nHost: site.test\r\nAccept: */*\r\n\r\n',
  'POST /x.echo HTTP/1.1\r\nHost: site.test\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\nhello world',
  'PUT /x.echo HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'BREW /x.echo HTTP/1.1\r\nHost: site.test\r\n\r\n',
  'GET http://site.test:80/%41/../x.echo HTTP/1.0\r\n\r\n',
  'GET /x.txt HTTP/1.1\r\nHost: site.test\r\nRange: bytes=0-3\r\nIf-None-Match: "x"\r\n\r\n',
];

function mutate(text: string, random: (bound: number) => number): string {
  let mutated = text;
  for (let count = 1 + random(4); count > 0; count--) {
    const at = random(mutated.length + 1);
    const length = random(6);
    const other = seeds[random(seeds.length)] ?? '';
    const pieces = [
      String.fromCharCode(random(256)),
      '',
      other.slice(random(other.length)),
      '\r\n',
      '%00',
      '/../',
      String(random(1_000_000)),
    ];
    mutated = mutated.slice(0, at) + (pieces[random(pieces.length)] ?? '') + mutated.slice(at + length);
  }
  return mutated;
}

t.test('no bytes from a client harm the server, and each response is one', async (t) => {
  const echo: Handler = async (request) => {
    let length = 0;
    for await (const chunk of request.input) length += (chunk as Buffer).length;
    request.output.end(Buffer.from(String(length)));
    return 'done' as const;
  };
  const server = await serve(t, {
    files: { www: { 'x.echo': '', 'x.txt': '0123456789' } },
    config: 'AddHandler echo .echo',
    handlers: { echo },
  });
  const random = generator(SEED);
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = mutate(seeds[round % seeds.length] ?? '', random);
    const text = await exchange(server.port, bytes, true);
    if (!/^(?:HTTP\/1\.1 \d{3} |RESET$|$)/.test(text))
      t.fail(`${JSON.stringify(bytes)} gave ${JSON.stringify(text)}`);
  }
  const response = parseResponse(
    await server.send(
      'POST /x.echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello',
    ),
  );
  t.match(response, { status: 200, body: '5' });
  t.notMatch(await server.stop(), /IH0005|IH0113/, 'the log has no defect');
});
