import { displayText } from '../../http/byte-string.js';
import { maskPairs } from '../../isapi/secrets/texts.js';
import { formatTrace } from '../../modules/trace/trace-text.js';
import type { TrialLoad } from '../../pool/examine/trial-load.js';
import { labelled, mebibytes } from '../text-table.js';
import { loadProblem } from './outcome.js';
import type { TriedRequest } from './request.js';

/** So much of a body is shown. Bytes and lines. */
const SHOWN_BYTES = 2048;
const SHOWN_LINES = 24;

/** What became of a load that failed; the reason stands in the first line of the report. */
const NOT_LOADED: Readonly<Record<TrialLoad['outcome'], string>> = {
  loaded: 'loaded',
  'not loaded': 'not loaded',
  'ended the worker process': 'not loaded: it ended the worker process',
  'not started': 'not tried',
};

/** The lines about loading a file. */
export function loadReport(load: TrialLoad): string[] {
  const { version, memory, crash, outcome } = load;
  const problem = loadProblem(load);
  const started = load.startTime === undefined ? '' : `; the worker process started in ${load.startTime} ms`;
  const lines =
    problem === undefined
      ? [
          `loaded in ${load.loadTime ?? 0} ms${started}`,
          ...(version === undefined ? [] : [versionText(version)]),
        ]
      : [`${NOT_LOADED[outcome]}, for the reason above${started}`];
  if (memory !== undefined) {
    const more = memory.after - memory.before;
    const change = `${more < 0 ? 'less' : 'more'} by ${mebibytes(Math.abs(more))}`;
    lines.push(`memory of the worker process: ${mebibytes(memory.before)} before, ${change} after`);
  }
  if (outcome === 'loaded' && crash !== undefined)
    lines.push(`letting it go ended the worker process: ${crash}`);
  else if (load.endTime !== undefined)
    lines.push(`let go, and the worker process ended, in ${load.endTime} ms`);
  for (const line of load.output) lines.push(`it printed: ${line}`);
  return labelled('Load', lines);
}

/** HSE_VERSION_INFO: the version is in two halves. */
function versionText({ version, description }: { version: number; description: string }): string {
  const text = description === '' ? 'without a description' : `"${displayText(description)}"`;
  return `GetExtensionVersion: ${version >>> 16}.${version & 0xffff}, ${text}`;
}

/** The lines about a request: what the client would have seen, every call, and what the error log has. */
export function requestReport({ method, target, scriptName, response, traces, log }: TriedRequest): string[] {
  const { version, status, reason, headers, start, bytes, time, problem } = response;
  const head = [
    `HTTP/${version} ${status} ${displayText(reason)}`.trimEnd(),
    ...headers.flatMap((name, index) =>
      index % 2 === 0 ? [`${displayText(name)}: ${displayText(headers[index + 1] ?? '')}`] : [],
    ),
  ];
  return [
    ...labelled('Request', [`${method} ${maskPairs(target)}, with SCRIPT_NAME "${scriptName}"`]),
    // The trace has the headers too.
    ...(status === 0 ? [] : verbatim('Response', traces.length > 0 ? head.slice(0, 1) : head)),
    ...labelled('', [`${bytes} bytes of body in ${time} ms${problem === undefined ? '' : `; ${problem}`}`]),
    ...(bytes === 0 ? [] : verbatim('Body', bodyLines(start, bytes))),
    ...(log.length === 0 ? [] : verbatim('Log', log)),
    ...traces.flatMap((trace) => ['', ...formatTrace(trace)]),
  ];
}

/** Lines as they are, below each other. */
function verbatim(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `${(index === 0 ? `  ${label}` : '').padEnd(14)}${line}`.trimEnd());
}

/** The start of a body as text, or in hexadecimal when it is none. */
function bodyLines(start: Buffer, bytes: number): string[] {
  const shown = start.subarray(0, SHOWN_BYTES);
  const rest = bytes > shown.length ? [`... ${bytes - shown.length} bytes more`] : [];
  const text = new TextDecoder('utf-8').decode(shown).replace(/\uFFFD+$/u, '');
  if (!/[\p{Cc}\uFFFD]/u.test(text.replace(/[\t\r\n]/gu, ''))) {
    const lines = text.replace(/\r?\n$/u, '').split(/\r?\n/u);
    const more = lines.length > SHOWN_LINES ? [`... ${lines.length - SHOWN_LINES} lines more`] : [];
    return [...lines.slice(0, SHOWN_LINES), ...more, ...rest];
  }
  return [...hexLines(shown.subarray(0, 256)), ...(bytes > 256 ? [`... ${bytes - 256} bytes more`] : [])];
}

function hexLines(bytes: Buffer): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.toString('latin1').replace(/[^\x20-\x7e]/gu, '.');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${text}`);
  }
  return lines;
}
