import t from 'tap';
import { compileErrorFormat, defaultErrorLine } from '../../../lib/http/logging/error-log-format.js';
import type { ErrorRecord } from '../../../lib/http/logging/error-record.js';
import { errorTime } from '../../../lib/http/logging/error-time.js';
import type { HttpRequest } from '../../../lib/http/request.js';

const time = new Date(2026, 10, 20, 10, 15, 50).getTime() + 123.456;

const request = {
  id: 'r1',
  parent: undefined,
  remoteAddress: '1.2.3.4',
  remotePort: 567,
  peerAddress: '9.9.9.9',
  peerPort: 99,
  localAddress: '5.6.7.8',
  localPort: 80,
  connectionRequests: 2,
  serverName: 'asked.test',
  env: new Map([['VARIABLE', 'a "b"\n\\']]),
  notes: new Map([['note', 'n']]),
  mark: { id: 'c1' },
  header: (name: string) => (name === 'referer' ? 'http://caf\xe9/' : undefined),
} as unknown as HttpRequest;

const message: ErrorRecord['message'] = {
  level: 'error',
  severity: 3,
  module: 'isapi',
  number: 'IH1001',
  name: 'loadFailed',
  params: undefined,
  text: 'failed\nto load é',
};

const bare: ErrorRecord = {
  time,
  message,
  context: { pid: 123 },
  request: undefined,
  connection: undefined,
  hostName: 'site.test',
};
const full: ErrorRecord = {
  ...bare,
  context: { pid: 123, client: '1.2.3.4:567', pool: 'shop', request: 'r1', extension: 'x.dll' },
  request,
  connection: request,
};

function lineOf(format: string, record: ErrorRecord): string {
  const line = compileErrorFormat(format, record.message ? 'message' : 'once');
  return typeof line === 'string' ? `error: ${line}` : line(record);
}

t.test('each item of a format gives its value', async (t) => {
  const rows: [format: string, expected: string][] = [
    ['%M', 'IH1001: failed\\nto load é'],
    ['%a %{c}a %A %M', '1.2.3.4:567 9.9.9.9:99 5.6.7.8:80 IH1001: failed\\nto load é'],
    ['%{VARIABLE}e %{note}n %{Referer}i |%M', 'a "b"\\n\\\\ n http://caf\\xe9/ |IH1001: failed\\nto load é'],
    ['%l %m %P %T %k %M', 'error isapi 123 123 2 IH1001: failed\\nto load é'],
    ['%L %{c}L %v %V %M', 'r1 c1 site.test asked.test IH1001: failed\\nto load é'],
    [
      '%{pool}x %{extension}x %{number}x %{name}x:%M',
      'shop x.dll IH1001 loadFailed:IH1001: failed\\nto load é',
    ],
    ['%% %\\ a%M', 'error: Unrecognized error log format directive %\\'],
    ['100%% a\\ b\\tc\\\\ %M', '100% a b\tc\\ IH1001: failed\\nto load é'],
  ];
  for (const [format, expected] of rows) t.equal(lineOf(format, full), expected, format);
});

t.test('a field goes when an item in it has nothing to say', async (t) => {
  const rows: [format: string, expected: string][] = [
    ['[%m] [client %a] %M', '[isapi] [client IH1001: failed\\nto load é'],
    ['[%m] [client\\ %a] %M', '[isapi] IH1001: failed\\nto load é'],
    ['[%m] [client %-a] %M', '[isapi] [client -] IH1001: failed\\nto load é'],
    ['a% b%a% c% %M', 'acIH1001: failed\\nto load é'],
    ['%M% ,\\ referer\\ %{Referer}i', 'IH1001: failed\\nto load é'],
    ['%7l %M', ' IH1001: failed\\nto load é'],
    ['%3l %M', 'error IH1001: failed\\nto load é'],
    ['%-7l %M', ' IH1001: failed\\nto load é'],
  ];
  for (const [format, expected] of rows) t.equal(lineOf(format, bare), expected, format);
  t.equal(
    lineOf('%M% ,\\ referer\\ %{Referer}i', full),
    'IH1001: failed\\nto load é, referer http://caf\\xe9/',
  );
});

t.test('times have the forms of Apache', async (t) => {
  const rows: [options: string, expected: string | RegExp][] = [
    ['', 'Fri Nov 20 10:15:50 2026'],
    ['u', 'Fri Nov 20 10:15:50.123456 2026'],
    ['m', 'Fri Nov 20 10:15:50.123 2026'],
    ['mu', 'Fri Nov 20 10:15:50.123456 2026'],
    ['cu', '2026-11-20 10:15:50.123456'],
    ['cz', /^2026-11-20 10:15:50 [+-]\d{4}$/],
    ['%H:%M', '10:15'],
  ];
  // The fraction may be off by what a number cannot hold.
  for (const [options, expected] of rows) {
    const text = errorTime(time, options).replace('.123455', '.123456');
    if (typeof expected === 'string') t.equal(text, expected, options);
    else t.match(text, expected, options);
  }
});

t.test('lines that are written once have no message, and may need an item', async (t) => {
  const once: ErrorRecord = { ...full, message: undefined };
  t.equal(lineOf('[%L] %+{Referer}i', once), '[r1] http://caf\\xe9/');
  t.equal(lineOf('[%L] %+{Cookie}i', once), '', 'there is no line without it');
  const connection: ErrorRecord = { ...once, request: undefined };
  t.equal(lineOf('[%{c}L] [%{C}L] %a %A %k %V', connection), '[c1] [c1] 9.9.9.9:99 5.6.7.8:80 2');
  t.equal(lineOf('[%{C}L] x', once), ' x');
});

t.test('what is wrong with a format is told', async (t) => {
  const rows: [format: string, kind: 'message' | 'once', expected: string][] = [
    ['%y %M', 'message', 'Unrecognized error log format directive %y'],
    ['%{x', 'message', 'Ran off end of error log format parsing args to some directive'],
    ['%m', 'message', "main ErrorLogFormat must contain message format string '%M'"],
    ['', 'message', "main ErrorLogFormat must contain message format string '%M'"],
    ['%+a %M', 'message', "The '+' flag cannot be used in the main error log format"],
    ['%99l %M', 'message', 'The specified loglevel modifier is out of range'],
    ['%M', 'once', '%M cannot be used in once-per-request or once-per-connection formats'],
    [
      '%7l',
      'once',
      'The loglevel cannot be used as a condition in once-per-request or once-per-connection formats',
    ],
    ['%{x}x %M', 'message', '%{...}x takes one of extension, name, number, pool in an error log format'],
  ];
  for (const [format, kind, expected] of rows) t.equal(compileErrorFormat(format, kind), expected, format);
});

t.test("the default is Apache's, with pool and request", async (t) => {
  const text = defaultErrorLine(full, true).replace('.123455', '.123456');
  t.equal(
    text,
    '[Fri Nov 20 10:15:50.123456 2026] [isapi:error] [pid 123] [client 1.2.3.4:567] [pool shop] [request r1] ' +
      'IH1001: failed\\nto load é, referer: http://caf\\xe9/',
  );
  t.equal(defaultErrorLine(bare, false), '[isapi:error] [pid 123] IH1001: failed\\nto load é');
});

t.test('control characters cannot make lines of their own', async (t) => {
  const record = { ...bare, message: { ...message, text: 'a\nb\r\tc\x1b[1m\x7f\\"é' } };
  t.match(defaultErrorLine(record, true), /IH1001: a\\nb\\r\\tc\\x1b\[1m\\x7f\\"é$/);
});
