import type { HttpRequest } from '../../http/request.js';
import type { Output } from '../../http/output.js';
import { reasonPhrase } from '../../http/status.js';
import type { TraceEnding, TraceHeader, TraceRecord } from './trace-record.js';

/** The response to a request that a client sent, as it went out; headers are byte strings. */
export function sentResponse({ output, protocol }: HttpRequest): Omit<TraceRecord['response'], 'at'> {
  const ending = endingOf(output);
  const bytes = output.bytesSent;
  const written = headOf(output.writtenHead ?? '');
  if (written) return { ...written, bytes, ending };
  if (!output.headSent) return { statusLine: '', headers: [], bytes, ending };
  const version = protocol.startsWith('HTTP/2') ? protocol : 'HTTP/1.1';
  const list = output.sentHeaders ?? [];
  const headers: TraceHeader[] = [];
  for (let i = 0; i + 1 < list.length; i += 2) headers.push([list[i] ?? '', list[i + 1] ?? '']);
  const reason = version.startsWith('HTTP/2') ? '' : ` ${reasonPhrase(output.status)}`;
  return { statusLine: `${version} ${String(output.status)}${reason}`, headers, bytes, ending };
}

function endingOf({ isCut, lost, keepAlive }: Output): TraceEnding {
  if (isCut === true) return 'cut';
  if (lost) return 'client left';
  return keepAlive ? 'kept' : 'closed';
}

/** Takes the head of an HTTP/1.1 response apart. */
function headOf(text: string): { statusLine: string; headers: TraceHeader[] } | undefined {
  const [statusLine = '', ...lines] = text.split('\r\n');
  if (statusLine === '') return undefined;
  const headers = lines.flatMap((line): TraceHeader[] => {
    const colon = line.indexOf(': ');
    return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 2)]];
  });
  return { statusLine, headers };
}
