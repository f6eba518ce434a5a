import path from 'node:path';
import { HostError } from '../../errors.js';
import { describeFile, type Description } from '../../isapi/inspect/description.js';
import { loadedByUnits } from '../../isapi/inspect/known-units.js';
import { describeMissing } from '../../worker/diagnosis.js';
import { findRuntime, type Runtime, type RuntimeName } from '../runtimes/runtime.js';
import { surveyImports, type ImportSurvey, type SurveyedLibrary } from './import-survey.js';
import { placesFor } from './library-places.js';

/** Something about a file that stands in the way of serving it, or that may do so one day. */
export interface Finding {
  /** an error keeps it from being served */
  readonly severity: 'error' | 'warning';
  /** what it is and what to do, to stand behind the file's name and a colon */
  readonly text: string;
}

/** A file with everything that this machine makes of it. */
export interface Examined {
  readonly file: string;
  readonly description: Description;
  readonly modified: Date;
  /** the runtime that it needs; undefined where none can load it */
  readonly runtime: RuntimeName | undefined;
  /** that runtime as it is on this machine; undefined where it is not */
  readonly installed: Runtime | undefined;
  readonly survey: ImportSurvey;
  readonly findings: readonly Finding[];
}

export type Examination = Examined | { readonly file: string; readonly unreadable: string };

/** Says of a file which runtime would serve it, and what keeps it from being served. Loads nothing. */
export function examine(file: string, environment: NodeJS.ProcessEnv = process.env): Examination {
  const read = describeFile(file);
  if ('unreadable' in read) return { file, unreadable: read.unreadable };
  const { description, modified } = read;
  const { facts } = description;
  const runtime = runtimeFor(description);
  const survey: ImportSurvey =
    runtime === undefined
      ? { libraries: [], further: [] }
      : surveyImports(description, path.basename(file), placesFor(file, facts, runtime, environment));
  const found = runtime === undefined ? undefined : lookUp(runtime, environment);
  const installed = found === undefined || 'message' in found ? undefined : found;
  const findings: Finding[] = [];
  const error = (text: string): unknown => findings.push({ severity: 'error', text });
  if (facts.reason !== undefined) error(`it ${facts.reason}`);
  else if (description.role.problem !== undefined) error(description.role.problem);
  if (found !== undefined && 'message' in found) error(found.message);
  findings.push(...importFindings(path.basename(file), survey, runtime));
  findings.push(...ownFindings(description));
  return { file, description, modified, runtime, installed, survey, findings };
}

/** Whether nothing is known that keeps a file from being served. */
export function canBeServed({ findings }: Pick<Examined, 'findings'>): boolean {
  return findings.every(({ severity }) => severity !== 'error');
}

function runtimeFor({ facts }: Description): RuntimeName | undefined {
  if (facts.abi === undefined) return undefined;
  if (facts.abi === 'elf') return 'native';
  return facts.abi === 'win32' ? 'wine32' : 'wine64';
}

function lookUp(runtime: RuntimeName, environment: NodeJS.ProcessEnv): Runtime | { message: string } {
  try {
    return findRuntime(runtime, environment);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { message: error.message };
  }
}

function importFindings(name: string, survey: ImportSurvey, runtime: RuntimeName | undefined): Finding[] {
  const findings = survey.libraries.flatMap((row) => libraryFindings(name, row, runtime));
  for (const missing of survey.further) {
    // Functions alone are no obstacle to Wine's loader.
    const severity = missing.functions === undefined || runtime === 'native' ? 'error' : 'warning';
    findings.push({ severity, text: describeMissing(missing) });
  }
  return findings;
}

function libraryFindings(name: string, row: SurveyedLibrary, runtime: RuntimeName | undefined): Finding[] {
  const { library, delayed, place, problem, absent, stubs } = row;
  const severity = delayed ? 'warning' : 'error';
  const when = delayed ? '; it is loaded at its first call, which fails without it' : '';
  if (place === 'missing') {
    return [{ severity, text: `${describeMissing({ library, neededBy: name })}${when}` }];
  }
  if (problem !== undefined) {
    return [{ severity, text: `${describeMissing({ library, neededBy: name, reason: problem })}${when}` }];
  }
  const findings: Finding[] = [];
  if (absent.length > 0 && runtime !== 'native') {
    // Wine loads a library all the same; the function raises an exception when it is called.
    const whose = place === 'system' ? `Wine's ${library}` : library;
    const text = `${whose} does not have ${shorten(absent)}: a call of it ends the worker process`;
    findings.push({ severity: 'warning', text });
  } else if (absent.length > 0) {
    findings.push({ severity, text: describeMissing({ library, neededBy: name, functions: absent }) });
  }
  if (stubs.length > 0) {
    const functions = shorten(stubs);
    const text = `Wine has only the name of ${functions} of ${library}: a call of it ends the worker process`;
    findings.push({ severity: 'warning', text });
  }
  return findings;
}

/** A list of names that is not longer than a person reads. */
function shorten(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

function ownFindings({ pe, toolchain, role, damage }: Description): Finding[] {
  const findings: Finding[] = [];
  const warn = (text: string): unknown => findings.push({ severity: 'warning', text });
  if (pe?.clrVersion !== undefined) {
    warn(`it has code for .NET ${pe.clrVersion}, which no worker process runs`);
  }
  for (const { unit, what } of loadedByUnits(pe?.package?.units ?? [])) {
    warn(`it has the unit ${unit}, which loads ${what} when it is used`);
  }
  if (toolchain.packer !== undefined) {
    warn(`it is packed with ${toolchain.packer}: what it needs shows when it is loaded only`);
  }
  if (role.kind === 'extension and filter') {
    warn('it is a filter as well: only its extension is called here');
  }
  for (const assembly of pe?.assemblies ?? []) {
    if (assembly.includes('.Debug')) warn(`it wants ${assembly}, which may not be passed on`);
  }
  for (const text of damage) warn(`${text}; the file may be damaged`);
  return findings;
}
