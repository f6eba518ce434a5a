import { displayText } from '../../http/byte-string.js';
import type { Description } from '../../isapi/inspect/description.js';
import type { TrialLoad } from '../../pool/examine/trial-load.js';
import type { Inspection } from './outcome.js';
import { outcomeOf } from './outcome.js';
import type { TriedRequest } from './request.js';

/** The result for programs about a file that could not be read. */
export function unreadableResult(file: string, reason: string): object {
  return { file, verdict: 'unreadable', reason };
}

/** The result for programs: names stay, and more may come. */
export function inspectionResult(inspection: Inspection): object {
  const { file, description, modified, runtime, installed, survey, findings, load, request } = inspection;
  const { served, reason } = outcomeOf(inspection);
  return {
    file,
    verdict: served ? 'served' : 'not served',
    ...(reason !== undefined && { reason }),
    runtime: runtime ?? null,
    runtimeDescription: installed?.describe() ?? null,
    findings,
    ...fileResult(description, modified),
    needs: survey.libraries,
    furtherMissing: survey.further,
    load: load === undefined ? null : loadResult(load),
    request: request === undefined ? null : requestResult(request),
  };
}

function fileResult({ facts, size, pe, elf, toolchain, role, damage }: Description, modified: Date): object {
  return {
    size,
    modified: modified.toISOString(),
    kind: facts.kind,
    machine: facts.machine ?? null,
    isLibrary: facts.isLibrary,
    toolchain: { ...toolchain, name: toolchain.name ?? null },
    role,
    exports: facts.exports,
    damage,
    ...(pe !== undefined && { pe }),
    ...(elf !== undefined && {
      elf: { ...elf, runPaths: facts.runPaths, ...(facts.soname !== undefined && { soname: facts.soname }) },
    }),
  };
}

function loadResult({ version, ...rest }: TrialLoad): object {
  if (version === undefined) return rest;
  const { version: number, description } = version;
  return {
    ...rest,
    version: { major: number >>> 16, minor: number & 0xffff, description: displayText(description) },
  };
}

function requestResult({ response, ...rest }: TriedRequest): object {
  const { start, headers, reason, ...numbers } = response;
  const pairs = headers.flatMap((name, index) =>
    index % 2 === 0 ? [[displayText(name), displayText(headers[index + 1] ?? '')]] : [],
  );
  return {
    ...rest,
    response: { ...numbers, reason: displayText(reason), headers: pairs, body: start.toString('base64') },
  };
}
