import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { toByteString } from '../bytes.js';
import { ExpressionError, type Evaluation } from './scope.js';

/** Bytes of a file that `file` reads at most, as in Apache. */
const MAX_FILE_SIZE = 10 * 1024 * 1024;

/** A row for a function that makes a text from a text. */
export interface StringFunction {
  /** in lower case; it may be written in any */
  readonly name: string;
  /** it reads files, which a .htaccess file may not */
  readonly isRestricted?: true;
  /** @throws ExpressionError when there is no value; `offset` is for that */
  value(argument: string, evaluation: Evaluation, offset: number): string;
}

const requestHeader = (name: string, { scope, varies }: Evaluation): string => {
  // What a response depends on is said in Vary; every response depends on Host.
  if (varies && !/^host$/i.test(name)) scope.varyBy(name);
  return scope.requestHeader(name) ?? '';
};

export const STRING_FUNCTIONS: readonly StringFunction[] = [
  { name: 'req', value: requestHeader },
  { name: 'http', value: requestHeader },
  { name: 'req_novary', value: (name, { scope }) => scope.requestHeader(name) ?? '' },
  { name: 'resp', value: (name, { scope }) => scope.responseHeader(name) ?? '' },
  { name: 'reqenv', value: (name, { scope }) => scope.environment(name) ?? '' },
  { name: 'note', value: (name, { scope }) => scope.note(name) ?? '' },
  { name: 'osenv', value: systemVariable },
  {
    name: 'env',
    value: (name, { scope }) => scope.note(name) ?? scope.environment(name) ?? systemVariable(name),
  },
  { name: 'tolower', value: (text) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()) },
  { name: 'toupper', value: (text) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()) },
  { name: 'escape', value: escape },
  { name: 'unescape', value: unescape },
  { name: 'base64', value: (text) => Buffer.from(text, 'latin1').toString('base64') },
  { name: 'unbase64', value: (text) => untilNul(Buffer.from(text, 'base64').toString('latin1')) },
  { name: 'md5', value: (text) => createHash('md5').update(text, 'latin1').digest('hex') },
  { name: 'sha1', value: (text) => createHash('sha1').update(text, 'latin1').digest('hex') },
  { name: 'file', isRestricted: true, value: (name, _, offset) => fileText(name, offset) },
  { name: 'filesize', isRestricted: true, value: fileSize },
  { name: 'ldap', value: escapeLdap },
  {
    name: 'ssl',
    value: (name, { scope }) => (/^SSL_/i.test(name) ? scope.variable(name.toUpperCase()) : ''),
  },
];

/** A row for a function that makes a list of a text, for -in. */
export interface ListFunction {
  /** in lower case; it may be written in any */
  readonly name: string;
  values(argument: string, evaluation: Evaluation): readonly string[];
}

export const LIST_FUNCTIONS: readonly ListFunction[] = [
  { name: 'peerextlist', values: (id, { scope }) => scope.certificateExtensions(id) },
];

/** A variable of the server's own environment. */
function systemVariable(name: string): string {
  return toByteString(process.env[Buffer.from(name, 'latin1').toString('utf8')] ?? '');
}

/** Everything but letters, digits and what may stand in a path as %hex, as `ap_escape_uri` does. */
function escape(text: string): string {
  return text.replace(/[^A-Za-z0-9$\-_.+!*'(),:;@&=/~]/g, hex);
}

function hex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** %hex as what it stands for, but for slashes; "" when there is a % without two digits, or %00. */
function unescape(text: string): string {
  if (/%(?![0-9A-Fa-f]{2})|%00/.test(text)) return '';
  return text.replace(/%(?!2f)([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 16)),
  );
}

function untilNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

/** What means something in a distinguished name (RFC 4514) or a filter (RFC 4515) of LDAP, as \hex. */
function escapeLdap(text: string): string {
  return text.replace(
    /[^ -~]|["()*+,;<>\\]/g,
    (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** @throws ExpressionError when the file cannot be read */
function fileText(name: string, offset: number): string {
  const path = Buffer.from(name, 'latin1');
  const shown = path.toString('utf8');
  try {
    const found = statSync(path);
    if (!found.isFile()) throw new ExpressionError(`Cannot read from file ${shown}`, offset);
    if (found.size > MAX_FILE_SIZE) throw new ExpressionError(`File ${shown} too large`, offset);
    return untilNul(readFileSync(path, 'latin1'));
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    throw new ExpressionError(`Cannot open file ${shown}`, offset);
  }
}

function fileSize(name: string): string {
  try {
    const found = statSync(Buffer.from(name, 'latin1'));
    return found.isFile() ? String(found.size) : '0';
  } catch {
    return '0';
  }
}
