import { statSync, type Stats } from 'node:fs';
import { displayText, fileSystemPath } from '../../http/byte-string.js';
import type { Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { MAPPING, type ScriptMap } from './mapping-settings.js';

/** The handler of every program that URLs are mapped to. */
const HANDLER = 'isapi-handler';

/** The extension that answers a request: a byte string. */
export function programOf({ script, filename }: HttpRequest): string {
  return script?.program ?? filename;
}

/** The URL space of a Location leads to its extension, whatever files there are. */
export function translateMapped(request: HttpRequest): Outcome {
  const { extension } = request.settings.get(MAPPING);
  if (extension === undefined || request.isProbe) return 'declined';
  const { kind, program, prefix } = extension;
  if (kind !== 'url' || program === '' || !request.path.startsWith(prefix)) return 'declined';
  const pathInfo = request.path.slice(prefix.length);
  // The walk along the path begins at the program: what follows it is path info, and may have any form.
  request.filename = program + pathInfo;
  request.aliasPrefix = prefix;
  request.aliasTarget = program;
  request.script = { program, name: prefix, pathInfo, pathTranslated: undefined };
  return 'done';
}

/** The same for a folder, and for a Location that an Alias has led elsewhere: now all settings are known. */
export function mapWalked(request: HttpRequest): Outcome {
  const { extension } = request.settings.get(MAPPING);
  if (extension === undefined || extension.program === '' || request.script !== undefined) return 'declined';
  const { kind, program, prefix } = extension;
  const { path } = request;
  const start = kind === 'url' ? prefix.length : path.length - restOf(request, prefix).length;
  const pathInfo = path.slice(start);
  request.script = { program, name: path.slice(0, start), pathInfo, pathTranslated: undefined };
  const stats = ask(program);
  request.filename = program;
  request.pathInfo = pathInfo;
  request.fileStats = stats;
  request.fileKind = stats === undefined ? 'missing' : stats.isFile() ? 'file' : 'other';
  return 'declined';
}

/** What of a file's path is below a folder, where the URL ends alike; "" where it does not. */
function restOf({ filename, pathInfo, path }: HttpRequest, folder: string): string {
  const rest = (filename + pathInfo).slice(folder.length);
  return path.endsWith(rest) ? rest : '';
}

/** The handler of what is mapped, and the application mappings by extension. */
export function mapScript(request: HttpRequest): Outcome {
  if (request.script !== undefined) {
    request.handler = HANDLER;
    return 'declined';
  }
  const { scripts } = request.settings.get(MAPPING);
  if (scripts.size === 0 || (request.fileKind !== 'file' && request.fileKind !== 'missing'))
    return 'declined';
  const found = findScript(request, scripts);
  if (found === undefined) return 'declined';
  const { path, filename, pathInfo, method } = request;
  const { map, rest } = found;
  if (map.methods?.includes(method) === false) {
    const params = { method, file: displayText(map.program), path: displayText(path) };
    request.log('mapMethodRefused', params);
    request.errorHeaders.push(['Allow', map.methods.join(',')]);
    return 405;
  }
  const whole = filename + pathInfo;
  request.filename = whole.slice(0, whole.length - rest.length);
  request.pathInfo = rest;
  // IIS gives the whole path as path info, and tells by SCRIPT_NAME where that of the file ends.
  request.script = {
    program: map.program,
    name: path.slice(0, path.length - rest.length),
    pathInfo: path,
    pathTranslated: whole,
  };
  request.handler = HANDLER;
  return 'declined';
}

interface FoundScript {
  readonly map: ScriptMap;
  /** what follows the name in the URL */
  readonly rest: string;
}

/**
 * The mapping for the name of the file, or without one for the first name that is not there: the name that the sections
 * of the configuration were looked up for, so that nobody comes past them by names that lead nowhere.
 */
function findScript(
  { filename, pathInfo, path, fileKind }: HttpRequest,
  scripts: ReadonlyMap<string, ScriptMap>,
): FoundScript | undefined {
  const name = filename.slice(filename.lastIndexOf('/') + 1);
  if (fileKind === 'file') {
    const map = mapOf(name, scripts);
    return map && { map, rest: pathInfo };
  }
  if (!path.endsWith(name + pathInfo)) return undefined;
  const map = mapOf(name, scripts);
  return map?.checksFile === false ? { map, rest: pathInfo } : undefined;
}

function mapOf(name: string, scripts: ReadonlyMap<string, ScriptMap>): ScriptMap | undefined {
  const dot = name.lastIndexOf('.');
  const byExtension = dot < 0 ? undefined : scripts.get(name.slice(dot + 1).toLowerCase());
  const map = byExtension ?? scripts.get('*');
  return map === undefined || map.program === '' ? undefined : map;
}

/** What the disk says of a program; undefined when it is not there or may not be looked at. */
function ask(program: string): Stats | undefined {
  try {
    return statSync(fileSystemPath(program), { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
