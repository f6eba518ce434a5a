import t from 'tap';

import type { ReceivedHead } from '../../../lib/channel/head.js';
import { formatMessage, MESSAGES } from '../../../lib/messages.js';
import { sessionResult, type SessionResult } from '../../../lib/modules/isapi/outcome.js';
import type { SessionEnd } from '../../../lib/channel/end.js';

const FILE = '/srv/www/isapi/kit.dll';

/** A status with headers. */
function block(
  status: number,
  reason?: string,
  headers: ReceivedHead['headers'] = [['X-A', '1']],
): ReceivedHead {
  return { status, reason, hasBlock: true, headers };
}

/** A status alone. */
function alone(status: number, reason?: string): ReceivedHead {
  return { status, reason, hasBlock: false, headers: [] };
}

/** A redirect by SEND_URL_REDIRECT_RESP: headers without a block. */
const REDIRECT: ReceivedHead = {
  status: 302,
  reason: undefined,
  hasBlock: false,
  headers: [['Location', '/x']],
};

type Flags = Partial<Pick<SessionEnd, 'headFailed' | 'orphaned'>> & {
  readonly logged?: boolean;
  readonly begun?: boolean;
};

function resultOf(
  result: number,
  statusCode: number,
  head: ReceivedHead | undefined,
  flags: Flags,
): SessionResult {
  const { headFailed = false, orphaned = false, logged = false, begun = false } = flags;
  const end = { result, statusCode, headFailed, orphaned, releasing: false, time: 0, logData: '' };
  return sessionResult(end, head, FILE, logged, begun);
}

/** An answer in words: `head 404 Lost X-A`, `empty 204`, `document 404 Lost`. */
function describeAnswer({ answer }: SessionResult): string {
  if (answer.kind === 'head') {
    const { status, reason, headers } = answer.head;
    return ['head', status, ...(reason === undefined ? [] : [reason]), ...headers.map(([name]) => name)].join(
      ' ',
    );
  }
  const reason = answer.kind === 'document' ? answer.reason : undefined;
  return [answer.kind, answer.status, ...(reason === undefined ? [] : [reason])].join(' ');
}

interface Row {
  readonly result: number;
  readonly code?: number;
  readonly head?: ReceivedHead;
  readonly flags?: Flags;
  readonly answer: string;
  /** the status in the access log when a response has begun */
  readonly logged?: number;
  readonly message?: string;
}

const ERROR = `IH1014 HSE_STATUS_ERROR result from HttpExtensionProc(): ${FILE}`;
const PENDING = `IH1013 asynch I/O result HSE_STATUS_PENDING from HttpExtensionProc() is not supported: ${FILE}`;
const unknown = (result: number): string =>
  `IH1015 unrecognized result code ${result} from HttpExtensionProc(): ${FILE}`;
const invalid = (code: number): string =>
  `IH1061 Handler for isapi-handler returned invalid result code ${code}: ${FILE}`;

const silent = (result: string, code: number): string =>
  `IH1062 ${FILE} has written nothing: HttpExtensionProc returned ${result} with dwHttpStatusCode ${code}, so the response is 500`;

const ROWS: readonly Row[] = [
  /* a head was given */
  { result: 1, code: 200, head: block(200, 'OK'), answer: 'head 200 OK X-A' },
  { result: 0, code: 200, head: block(200, 'OK'), answer: 'head 200 OK X-A' },
  { result: 2, code: 200, head: block(200, 'OK'), answer: 'head 200 OK X-A' },
  { result: 3, code: 200, head: block(200, 'OK'), answer: 'head 200 OK X-A' },
  { result: 1, code: 404, head: block(404, 'Lost'), answer: 'head 404 Lost X-A' },
  { result: 1, code: 404, head: block(404, 'Lost', []), answer: 'head 404 Lost' },
  { result: 1, code: 500, head: block(500, 'Mine'), answer: 'head 500 Mine X-A' },
  { result: 1, code: 404, head: block(200), answer: 'head 200 X-A' },
  { result: 1, code: 200, head: alone(200, 'Fine'), answer: 'head 200 Fine' },
  { result: 1, code: 304, head: alone(304), answer: 'head 304' },
  { result: 1, code: 404, head: alone(404, 'Lost'), answer: 'document 404 Lost' },
  { result: 1, code: 404, head: alone(404), answer: 'document 404' },
  { result: 1, code: 503, head: alone(503, ''), answer: 'document 503 ' },
  { result: 1, code: 302, head: REDIRECT, answer: 'head 302 Location' },

  /* nothing was given: dwHttpStatusCode counts */
  { result: 1, code: 0, answer: 'empty 500', message: silent('HSE_STATUS_SUCCESS', 0) },
  { result: 1, code: 1, answer: 'empty 500', message: silent('HSE_STATUS_SUCCESS', 1) },
  { result: 1, code: 100, answer: 'empty 500', message: silent('HSE_STATUS_SUCCESS', 100) },
  { result: 1, code: 199, answer: 'empty 500', message: silent('HSE_STATUS_SUCCESS', 199) },
  { result: 0, code: 0, answer: 'empty 500', message: silent('0', 0) },
  { result: 1, code: 0, flags: { begun: true }, answer: 'empty 500' },
  { result: 1, code: 200, answer: 'empty 200' },
  { result: 1, code: 204, answer: 'empty 204' },
  { result: 1, code: 302, answer: 'empty 302' },
  { result: 1, code: 304, answer: 'empty 304' },
  { result: 1, code: 400, answer: 'document 400' },
  { result: 1, code: 404, answer: 'document 404' },
  { result: 2, code: 404, answer: 'document 404' },
  { result: 0, code: 503, answer: 'document 503' },
  { result: 1, code: 250, answer: 'document 500', message: invalid(250) },
  { result: 1, code: 418, answer: 'document 500', message: invalid(418) },
  { result: 1, code: 450, answer: 'document 500', message: invalid(450) },
  { result: 1, code: 599, answer: 'document 500', message: invalid(599) },
  { result: 1, code: 1000, answer: 'document 500', message: invalid(1000) },
  { result: 1, code: 0xffffffff, answer: 'document 500', message: invalid(-1) },

  /* HSE_STATUS_ERROR and what nobody knows */
  { result: 4, code: 0, answer: 'document 500', logged: 500, message: ERROR },
  { result: 4, code: 404, answer: 'document 500', logged: 500, message: ERROR },
  { result: 4, code: 200, head: block(200, 'OK'), answer: 'head 500 X-A', logged: 500, message: ERROR },
  { result: 4, code: 404, head: alone(404, 'Lost'), answer: 'document 500', logged: 500, message: ERROR },
  { result: 4, code: 302, head: REDIRECT, answer: 'head 500 Location', logged: 500, message: ERROR },
  { result: 5, code: 0, answer: 'document 500', logged: 500, message: unknown(5) },
  { result: 77, code: 404, answer: 'document 500', logged: 500, message: unknown(77) },
  { result: 77, code: 200, head: block(200), answer: 'head 500 X-A', logged: 500, message: unknown(77) },
  { result: 0xffffffff, code: 0, answer: 'document 500', logged: 500, message: unknown(-1) },

  /* a header that must not be sent */
  {
    result: 1,
    code: 200,
    head: block(200),
    flags: { headFailed: true },
    answer: 'document 500',
    logged: 500,
  },
  { result: 4, code: 404, flags: { headFailed: true }, answer: 'document 500', logged: 500 },

  /* left pending without ISAPIFakeAsync */
  {
    result: 3,
    code: 0,
    flags: { orphaned: true },
    answer: 'empty 500',
    message: silent('HSE_STATUS_PENDING', 0),
  },
  { result: 3, code: 404, flags: { orphaned: true }, answer: 'document 404' },
  {
    result: 3,
    code: 0,
    flags: { orphaned: true, logged: true },
    answer: 'document 500',
    logged: 500,
    message: PENDING,
  },
  {
    result: 3,
    code: 404,
    flags: { orphaned: true, logged: true },
    answer: 'document 404',
    logged: 500,
    message: PENDING,
  },
  {
    result: 3,
    code: 200,
    flags: { orphaned: true, logged: true },
    answer: 'document 500',
    logged: 500,
    message: PENDING,
  },
  {
    result: 3,
    code: 200,
    head: block(200),
    flags: { orphaned: true, logged: true },
    answer: 'head 500 X-A',
    logged: 500,
    message: PENDING,
  },
  /* ISAPILogNotSupported matters for nothing else */
  { result: 1, code: 404, flags: { logged: true }, answer: 'document 404' },
  { result: 3, code: 200, head: block(200, 'OK'), flags: { logged: true }, answer: 'head 200 OK X-A' },
];

for (const { result, code = 0, head, flags = {}, answer, logged, message } of ROWS) {
  const given = head ? `${head.hasBlock ? 'block' : 'status'} ${head.status}` : 'nothing';
  const more = Object.keys(flags).join(', ');
  t.test(`result ${result}, code ${code}, ${given} given${more && `, ${more}`}: ${answer}`, async (t) => {
    const found = resultOf(result, code, head, flags);
    t.equal(describeAnswer(found), answer);
    t.equal(found.loggedStatus, logged);
    t.equal(
      found.message &&
        `${MESSAGES[found.message.name].number} ${formatMessage(found.message.name, found.message.params)}`,
      message,
    );
  });
}
