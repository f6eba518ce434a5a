/**
 * What a client gets for what an extension calls, topic by topic: cases for `responses.test.ts`. Steps are those of
 * `test/extensions/semantics.c`, with `|` between the two parts of a text.
 */
export interface ResponseCase {
  readonly name: string;
  readonly steps: readonly string[];
  /** what the response has to match */
  readonly is: {
    readonly status: number;
    readonly reason?: string;
    readonly headers?: Readonly<Record<string, string | readonly string[] | RegExp>>;
    readonly body?: string | RegExp;
    readonly complete?: boolean;
  };
  /** what each call returned, as `step=RET,ERROR,dwHttpStatusCode`; OK and REFUSED stand for the first two */
  readonly calls?: string;
  /** headers that must not be there */
  readonly absent?: readonly string[];
  /** the line of the error log; without it there is none */
  readonly logs?: RegExp;
}

const TEXT = 'Content-Type: text/plain\r\n\r\n';
/** The server's own page. */
const DOCUMENT = /<h1>/;

const premature = /IH1030: Premature end of script headers: semantics\.dll$/;
const malformed = /IH1031: malformed header from script 'semantics\.dll': Bad header: /;
const badStatus = (text: string): RegExp =>
  new RegExp(`IH1032: Invalid status line from script 'semantics\\.dll': ${text}$`);

const STATUS: readonly ResponseCase[] = [
  {
    name: 'status, headers, body',
    steps: [`head=207 Several|X-Kit: 1\r\n${TEXT}`, 'write=body'],
    is: {
      status: 207,
      reason: 'Several',
      headers: { 'x-kit': '1', 'content-type': 'text/plain' },
      body: 'body',
    },
    calls: 'head=OK,207 write=OK,207',
  },
  { name: 'a status without a reason', steps: [`head=410|${TEXT}`], is: { status: 410, reason: 'Gone' } },
  { name: 'an empty reason', steps: [`head=410 |${TEXT}`], is: { status: 410, reason: '' } },
  {
    name: 'the HTTP version first',
    steps: [`head=HTTP/1.1 410 X|${TEXT}`],
    is: { status: 410, reason: 'X' },
  },
  { name: 'the word Status first', steps: [`head=Status: 410 X|${TEXT}`], is: { status: 410, reason: 'X' } },
  { name: 'no status', steps: [`head=|${TEXT}`], is: { status: 200, reason: 'OK' }, calls: 'head=OK,200' },
  {
    name: 'no status, but a status line in the block',
    steps: [`head=|410 X\r\n${TEXT}`],
    is: { status: 410, reason: 'X' },
    calls: 'head=OK,410',
  },
  {
    name: 'a Status header overrides',
    steps: [`head=200 OK|X-Kit: 1\r\nStatus: 409 Mine\r\n${TEXT}`],
    is: { status: 409, reason: 'Mine', headers: { 'x-kit': '1' } },
    calls: 'head=OK,409',
    absent: ['status'],
  },
  {
    name: 'a status that nobody registered',
    steps: [`head=299 Mine|${TEXT}`],
    is: { status: 299, reason: 'Mine' },
  },
  {
    name: 'a bad status is 200, and logged',
    steps: [`head=fine so far|${TEXT}`, 'write=x'],
    is: { status: 200, body: 'x' },
    logs: badStatus('fine so far'),
  },
  {
    name: 'a bad status is what the block says before',
    steps: ['code=404', `head=fine|${TEXT}`, 'write=x'],
    is: { status: 404, body: 'x' },
    calls: 'head=OK,404 write=OK,404',
    logs: badStatus('fine'),
  },
  { name: 'below 100', steps: [`head=99 Low|${TEXT}`], is: { status: 500 }, logs: badStatus('99 Low') },
  { name: 'above 999', steps: [`head=1000 High|${TEXT}`], is: { status: 500 }, logs: badStatus('1000 High') },
  { name: 'an interim status', steps: [`head=103 Early|${TEXT}`], is: { status: 500 } },
  {
    name: 'a 500 passes with its own headers and body',
    steps: [`head=500 Mine|X-Kit: 1\r\n${TEXT}`, 'write=my own page'],
    is: { status: 500, reason: 'Mine', headers: { 'x-kit': '1' }, body: 'my own page' },
  },
  {
    name: 'dwHttpStatusCode beside headers does not count',
    steps: ['code=404', `head=|${TEXT}`, 'code=405', 'write=x'],
    is: { status: 200, body: 'x' },
    calls: 'head=OK,200 write=OK,405',
  },
];

const ALONE: readonly ResponseCase[] = [
  {
    name: 'a status alone, success',
    steps: ['head=201 Made'],
    is: { status: 201, reason: 'Made', body: '' },
  },
  {
    name: 'a status alone, failure',
    steps: ['head=404 Lost'],
    is: { status: 404, reason: 'Lost', body: DOCUMENT },
  },
  {
    name: 'a status alone, then a header block written',
    steps: ['head=202 Taken', `write=X-Kit: 1\r\n${TEXT}body`],
    is: { status: 202, headers: { 'x-kit': '1' }, body: 'body' },
  },
  {
    name: 'a status alone, then text',
    steps: ['head=202 Taken', 'write=<p>text'],
    is: { status: 202, headers: { 'content-type': 'text/html' }, body: '<p>text' },
  },
  {
    name: 'a status alone, then one that is written',
    steps: ['head=202 Taken', `write=Status: 409 Mine\r\n${TEXT}body`],
    is: { status: 409, reason: 'Mine', body: 'body' },
    calls: 'head=OK,202 write=OK,409',
  },
  { name: 'neither status nor headers', steps: ['head=', 'write=text'], is: { status: 200, body: 'text' } },
  {
    name: 'headers and no body',
    steps: [`head=200 OK|${TEXT}`],
    is: { status: 200, headers: { 'content-length': '0' } },
  },
];

const BLOCK: readonly ResponseCase[] = [
  {
    name: 'line feeds and both mixed',
    steps: ['head=200 OK|X-A: 1\nX-B: 2\r\nX-C: 3\n\r\nbody'],
    is: { status: 200, headers: { 'x-a': '1', 'x-b': '2', 'x-c': '3' }, body: 'body' },
  },
  { name: 'only the blank line', steps: ['head=200 OK|\r\nbody'], is: { status: 200, body: 'body' } },
  {
    name: 'no blank line',
    steps: ['head=200 OK|X-Kit: 1\r\n'],
    is: { status: 500, body: DOCUMENT },
    absent: ['x-kit'],
    calls: 'head=REFUSED,500',
    logs: premature,
  },
  {
    name: 'a line that is no header',
    steps: [`head=200 OK|X-Kit: 1\r\nno header\r\n${TEXT}`],
    is: { status: 500, body: DOCUMENT },
    calls: 'head=REFUSED,500',
    logs: malformed,
  },
  {
    name: 'a block that fails, then one that is right',
    steps: ['head=200 OK|X-Bad: 1\r\n', `head=201 Made|X-Good: 1\r\n${TEXT}`, 'write=body'],
    is: { status: 201, headers: { 'x-good': '1' }, body: 'body' },
    absent: ['x-bad'],
    calls: 'head=REFUSED,500 head=OK,201 write=OK,201',
    logs: premature,
  },
  {
    name: 'a control character in a value',
    steps: ['head=200 OK|X-Kit: a\x01b\r\n\r\n', 'write=body'],
    is: { status: 500, body: DOCUMENT },
    logs: /IH1060: Response header 'X-Kit' value of 'a\\x01b' contains invalid characters/,
  },
  {
    name: 'a name that is none',
    steps: ['head=200 OK|X Kit: a\r\n\r\n', 'write=body'],
    is: { status: 500, body: DOCUMENT },
    logs: /IH1060: Response header 'X Kit'/,
  },
  {
    name: 'with _EX the lengths count, and what follows the blank line is body',
    steps: [`ex=207 Several|X-Kit: 1\r\n${TEXT}begun `, 'write=and ended'],
    is: { status: 207, reason: 'Several', headers: { 'x-kit': '1' }, body: 'begun and ended' },
    calls: 'ex=OK,207 write=OK,207',
  },
];

const MERGE: readonly ResponseCase[] = [
  {
    name: 'a second call before any body merges, and its status wins',
    steps: [
      'head=201 Made|X-A: 1\r\nLocation: /a\r\n\r\n',
      `head=202 Taken|X-A: 2\r\nLocation: /b\r\n${TEXT}`,
      'write=x',
    ],
    is: { status: 202, headers: { 'x-a': '1, 2', location: '/b', 'content-type': 'text/plain' }, body: 'x' },
  },
  {
    name: 'cookies and challenges keep lines of their own',
    steps: [
      'head=401 No|Set-Cookie: a=1\r\nWWW-Authenticate: NTLM\r\nSet-Cookie: b=2\r\nWWW-Authenticate: Negotiate\r\n\r\n',
      'write=x',
    ],
    is: { status: 401, headers: { 'set-cookie': ['a=1', 'b=2'], 'www-authenticate': /^NTLM, Negotiate$/ } },
  },
  {
    name: 'after body a call changes nothing on the wire',
    steps: [`head=201 Made|${TEXT}`, 'write=x', 'head=404 Late|X-Late: 1\r\n\r\n', 'write=y'],
    is: { status: 201, reason: 'Made', body: 'xy' },
    absent: ['x-late'],
    calls: 'head=OK,201 write=OK,201 head=OK,404 write=OK,404',
  },
  {
    name: 'Server and Date are the own ones of the server',
    steps: ['head=200 OK|Server: mine\r\nDate: then\r\n\r\n', 'write=x'],
    is: { status: 200, headers: { server: /^isapi-host/, date: /GMT$/ } },
  },
];

const LENGTH: readonly ResponseCase[] = [
  {
    name: 'as long as it says',
    steps: ['head=200 OK|Content-Length: 3\r\n\r\n', 'bytes=3'],
    is: { status: 200, body: 'abc' },
  },
  {
    name: 'too much is dropped',
    steps: ['head=200 OK|Content-Length: 3\r\n\r\n', 'bytes=2', 'bytes=9', 'bytes=9'],
    is: { status: 200, headers: { 'content-length': '3' }, body: 'aba' },
  },
  {
    name: 'too little: the connection is cut',
    steps: ['head=200 OK|Content-Length: 10\r\n\r\n', 'bytes=3'],
    is: { status: 200, body: 'abc', complete: false },
  },
  {
    name: 'no number is no length',
    steps: ['head=200 OK|Content-Length: long\r\n\r\n', 'bytes=3'],
    is: { status: 200, body: 'abc' },
  },
  {
    name: 'chunks of its own are body',
    steps: ['head=200 OK|Transfer-Encoding: chunked\r\n\r\n', 'write=3\r\nabc\r\n0\r\n\r\n'],
    is: { status: 200, body: '3\r\nabc\r\n0\r\n\r\n' },
  },
  {
    name: '204 has no body',
    steps: [`head=204 None|X-Kit: 1\r\n${TEXT}`, 'bytes=3'],
    is: { status: 204, headers: { 'x-kit': '1' }, body: '' },
    absent: ['content-type', 'content-length', 'transfer-encoding'],
    calls: 'head=OK,204 bytes=OK,204',
  },
  {
    name: '304 has no body',
    steps: ['head=304 Same|ETag: "x"\r\n\r\n', 'bytes=3'],
    is: { status: 304, headers: { etag: '"x"' }, body: '' },
    absent: ['content-type', 'transfer-encoding'],
  },
];

const WRITTEN: readonly ResponseCase[] = [
  {
    name: 'a first write is a header block',
    steps: [`write=HTTP/1.1 409 Mine\r\nX-Kit: 1\r\n${TEXT}body`],
    is: { status: 409, reason: 'Mine', headers: { 'x-kit': '1' }, body: 'body' },
    calls: 'write=OK,409',
  },
  {
    name: 'a block that is split within a name and before the blank line',
    steps: ['write=Sta', 'write=tus: 409 Mi', 'write=ne\r\nX-Kit: 1\r\n', 'write=\r\nbo', 'write=dy'],
    is: { status: 409, reason: 'Mine', headers: { 'x-kit': '1' }, body: 'body' },
  },
  {
    name: 'text that is no block',
    steps: ['write={"a": 1,\n"b": 2}\n\n'],
    is: { status: 200, headers: { 'content-type': 'text/html' }, body: '{"a": 1,\n"b": 2}\n\n' },
    calls: 'write=OK,200',
  },
  {
    name: 'what begins like a block and is none',
    steps: ['write=Note: this\n', 'write=is text.\n'],
    is: { status: 200, headers: { 'content-type': 'text/html' }, body: 'Note: this\nis text.\n' },
  },
  {
    name: 'what may become a block when the extension ends',
    steps: ['write=X-Kit: 1\r\n'],
    is: { status: 200, headers: { 'content-type': 'text/html' }, body: 'X-Kit: 1\r\n' },
    absent: ['x-kit'],
  },
  {
    name: 'what may become a block when headers come by another way',
    steps: ['write=begun', `head=404 Late|X-Late: 1\r\n${TEXT}`, 'write=, ended'],
    is: { status: 200, headers: { 'content-type': 'text/html' }, body: 'begun, ended' },
    absent: ['x-late'],
    calls: 'write=OK,0 head=OK,404 write=OK,404',
  },
  {
    name: 'what may become a block before a redirect',
    steps: ['write=begun', 'redirect=/there'],
    is: { status: 200, body: 'begun' },
    absent: ['location'],
    calls: 'write=OK,0 redirect=OK,302',
  },
  {
    name: 'a write of nothing changes nothing',
    steps: ['empty', `write=409 Mine\r\n${TEXT}body`, 'empty'],
    is: { status: 409, body: 'body' },
  },
];

const REDIRECT: readonly ResponseCase[] = [
  {
    name: 'the location as it is, and no page',
    steps: ['redirect=http://elsewhere.test/a b?c#d'],
    is: { status: 302, headers: { location: 'http://elsewhere.test/a b?c#d' }, body: '' },
    calls: 'redirect=OK,302',
  },
  { name: 'with a page of its own', steps: ['redirect=/there', `write=${TEXT}there`], is: { status: 302 } },
  {
    name: 'headers before it stay',
    steps: [`head=201 Made|X-Kit: 1\r\n${TEXT}`, 'redirect=/there'],
    is: { status: 302, headers: { location: '/there', 'x-kit': '1' } },
  },
  {
    name: 'a line end in it',
    steps: ['redirect=/there\r\nX-Split: 1'],
    is: { status: 500, body: DOCUMENT },
    absent: ['x-split', 'location'],
    logs: /IH1060: Response header 'Location'/,
  },
];

const nothing = (code: string, status: number, body: string | RegExp): ResponseCase => ({
  name: `nothing sent, dwHttpStatusCode ${code}`,
  steps: [`code=${code}`],
  is: { status, body },
});

const RESULTS: readonly ResponseCase[] = [
  {
    ...nothing('0', 500, ''),
    logs: /\[core:warn\] .*IH1062: \/.*\/semantics\.dll has written nothing: HttpExtensionProc returned HSE_STATUS_SUCCESS with dwHttpStatusCode 0, so the response is 500$/,
  },
  nothing('200', 200, ''),
  nothing('204', 204, ''),
  nothing('302', 302, ''),
  nothing('403', 403, DOCUMENT),
  nothing('503', 503, DOCUMENT),
  { ...nothing('101', 500, ''), logs: /IH1062: .* with dwHttpStatusCode 101, / },
  { ...nothing('299', 500, DOCUMENT), logs: /IH1061: .*invalid result code 299/ },
  { ...nothing('4294967295', 500, DOCUMENT), logs: /IH1061: .*invalid result code -1/ },
  { name: 'result 0', steps: [`write=${TEXT}x`, 'return=0'], is: { status: 200, body: 'x' } },
  { name: 'result 2', steps: [`write=${TEXT}x`, 'return=2'], is: { status: 200, body: 'x' } },
  {
    name: 'HSE_STATUS_ERROR, nothing sent',
    steps: ['code=404', 'return=4'],
    is: { status: 500, body: DOCUMENT },
    logs: /\[isapi:warn\] .*IH1014: HSE_STATUS_ERROR result from HttpExtensionProc\(\): \/.*\/semantics\.dll$/,
  },
  {
    name: 'HSE_STATUS_ERROR after headers',
    steps: [`head=201 Made|X-Kit: 1\r\n${TEXT}`, 'return=4'],
    is: { status: 500, headers: { 'x-kit': '1' }, body: '' },
    logs: /IH1014:/,
  },
  {
    name: 'a result that there is not',
    steps: ['return=4294967287'],
    is: { status: 500, body: DOCUMENT },
    logs: /\[isapi:warn\] .*IH1015: unrecognized result code -9 from HttpExtensionProc\(\): \/.*\/semantics\.dll$/,
  },
  {
    name: 'HSE_STATUS_PENDING without ISAPIFakeAsync',
    steps: ['return=3'],
    is: { status: 500 },
    logs: /IH1062: .* HttpExtensionProc returned HSE_STATUS_PENDING with dwHttpStatusCode 0, /,
  },
];

export const RESPONSES: Readonly<Record<string, readonly ResponseCase[]>> = {
  'the status of a response': STATUS,
  'a status alone': ALONE,
  'the form of a header block': BLOCK,
  'headers that are given twice': MERGE,
  'the length of a body': LENGTH,
  'output without SEND_RESPONSE_HEADER': WRITTEN,
  redirects: REDIRECT,
  'results of HttpExtensionProc': RESULTS,
};

/** The topics whose cases are run in all runtimes: there the worker does more than read texts. */
export const SAME_EVERYWHERE: ReadonlySet<string> = new Set([
  'the form of a header block',
  'output without SEND_RESPONSE_HEADER',
  'results of HttpExtensionProc',
]);
