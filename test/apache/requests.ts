import net from 'node:net';
import tls from 'node:tls';
import { parseResponse, statuses } from '../http/harness.js';
import { option, type CaseSection } from './case-file.js';
import type { Contestant } from './servers.js';

/** How long an answer may take. Milliseconds. */
const PATIENCE = 20_000;

const HEADERS = [
  'accept-ranges',
  'allow',
  'cache-control',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'last-modified',
  'location',
  'vary',
  'www-authenticate',
];

/** What of an answer is compared. */
export interface Answer {
  readonly status: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends the request of a section to a server and gives what is to be compared. */
export async function ask(contestant: Contestant, section: CaseSection): Promise<Answer[]> {
  const times = Number(option(section, 'times') ?? '1');
  const answers: Answer[] = [];
  for (let count = 0; count < times; count++) {
    const text = await send(contestant, section);
    answers.push(answerOf(text, section, contestant));
  }
  return answers;
}

function answerOf(text: string, section: CaseSection, contestant: Contestant): Answer {
  const all = statuses(text);
  if (all.length === 0) return { status: text === '' ? 'closed' : text.slice(0, 200), headers: {} };
  const { status, reason, headers, body } = parseResponse(text);
  const isPlain = status >= 200 && status < 300;
  const withBody =
    option(section, 'body') !== undefined || (isPlain && option(section, 'no-body') === undefined);
  const ignored = new Set((option(section, 'ignore') ?? '').split(','));
  const names = [...HEADERS, ...(option(section, 'headers') ?? '').split(',')].filter(
    (name) => withBody || isPlain || !['content-type', 'content-length'].includes(name),
  );
  const compared = Object.entries(headers)
    .filter(([name]) => (names.includes(name) || name.startsWith('x-')) && !ignored.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, contestant.clear(value)]);
  return {
    status: all.length > 1 ? all.join(' ') : `${status} ${reason}`,
    headers: Object.fromEntries(compared) as Record<string, string>,
    ...(withBody && { body: contestant.clear(body) }),
  };
}

function send(contestant: Contestant, section: CaseSection): Promise<string> {
  const bytes = requestBytes(contestant.fill(section.text), section);
  const port = contestant.ports[Number(option(section, 'port') ?? '1') - 1] ?? 0;
  const isTls = option(section, 'tls') !== undefined;
  const servername = option(section, 'sni');
  return new Promise((resolve, reject) => {
    let received = '';
    const options = { port, host: '127.0.0.1' };
    const socket = isTls
      ? tls.connect({ ...options, rejectUnauthorized: false, ...(servername && { servername }) })
      : net.connect({ ...options, allowHalfOpen: true });
    const timer = setTimeout(() => socket.destroy(new Error(`no end of ${received}`)), PATIENCE);
    socket.once(isTls ? 'secureConnect' : 'connect', () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.on('end', () => socket.end());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(received);
      else reject(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(received);
    });
  });
}

function requestBytes(text: string, section: CaseSection): string {
  if (option(section, 'raw') !== undefined) return `${text.replaceAll('\n', '\r\n')}\r\n`;
  const end = text.indexOf('\n\n');
  const [first = '', ...headers] = (end < 0 ? text : text.slice(0, end)).split('\n').filter(Boolean);
  const body = end < 0 ? '' : text.slice(end + 2);
  const has = (name: string): boolean => headers.some((line) => line.toLowerCase().startsWith(`${name}:`));
  if (!has('host')) headers.push('Host: site.test');
  if (!has('connection')) headers.push('Connection: close');
  if (body !== '' && !has('content-length') && !has('transfer-encoding')) {
    headers.push(`Content-Length: ${Buffer.byteLength(body, 'latin1')}`);
  }
  return `${[first, ...headers].join('\r\n')}\r\n\r\n${body}`;
}
