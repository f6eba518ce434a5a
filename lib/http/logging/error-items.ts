import { escapeBytes, escapeControls, mainRequest, type ErrorRecord } from './error-record.js';
import { errorTime } from './error-time.js';

/** What an item of ErrorLogFormat gives; "" when there is nothing to say. */
export type ErrorItem = (record: ErrorRecord) => string;

const endpoint = (address: string, port: number): string => `${address}:${port}`;

const clientOf: ErrorItem = (record) =>
  record.request === undefined
    ? peerOf(record)
    : endpoint(record.request.remoteAddress, record.request.remotePort);

const peerOf: ErrorItem = ({ connection, context }) =>
  connection === undefined ? (context.client ?? '') : endpoint(connection.peerAddress, connection.peerPort);

/** What Apache does not have: parts of our own messages by name. */
const OWN_PARTS: Readonly<Record<string, ErrorItem>> = {
  extension: ({ context }) => escapeControls(context.extension ?? ''),
  name: ({ message }) => message?.name ?? '',
  number: ({ message }) => message?.number ?? '',
  pool: ({ context }) => escapeControls(context.pool ?? ''),
};

/** The items by their letter: each is made once from its argument in braces ("" without). Text is an error. */
export const ERROR_ITEMS: Readonly<Record<string, (argument: string) => ErrorItem | string>> = {
  a: (argument) => (argument.startsWith('c') ? peerOf : clientOf),
  A:
    () =>
    ({ connection }) =>
      connection === undefined ? '' : endpoint(connection.localAddress, connection.localPort),
  e: (name) => (record) => escapeBytes(record.request?.env.get(name) ?? ''),
  // Reasons of the system, and the place in the source, are part of our messages' text, or have no meaning for users.
  E: () => () => '',
  F: () => () => '',
  i: (name) => {
    const wanted = name.toLowerCase();
    return (record) => escapeBytes(record.request?.header(wanted) ?? '');
  },
  k:
    () =>
    ({ connection }) =>
      connection === undefined ? '' : String(connection.connectionRequests),
  l: () => (record) => record.message?.level ?? '',
  L: logId,
  m: () => (record) => record.message?.module ?? '',
  n: (name) => (record) => escapeBytes(record.request?.notes.get(name) ?? ''),
  P: () => (record) => String(record.context.pid ?? process.pid),
  t: (argument) => (record) => errorTime(record.time, argument),
  // A process's main thread has its number.
  T: () => (record) => String(record.context.pid ?? process.pid),
  v: () => (record) => escapeControls(record.hostName),
  V: () => (record) => escapeBytes(record.request?.serverName ?? ''),
  x: (name) =>
    OWN_PARTS[name] ?? `%{...}x takes one of ${Object.keys(OWN_PARTS).join(', ')} in an error log format`,
};

/** The id of the request, of its connection, or with `C` of a connection that no request is on. */
function logId(argument: string): ErrorItem {
  if (argument === 'c') return ({ connection }) => connection?.mark?.id ?? '';
  if (argument === 'C') {
    return ({ request, connection }) => (request === undefined ? (connection?.mark?.id ?? '') : '');
  }
  return ({ request, context }) =>
    request === undefined ? (context.request ?? '') : mainRequest(request).id;
}
