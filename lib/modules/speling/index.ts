import { readdir } from 'node:fs/promises';
import { isOn } from '../../config/arguments.js';
import type { Directive } from '../../config/directive.js';
import { Slot } from '../../config/settings.js';
import { displayText, escapePath, fileSystemPath } from '../../http/byte-string.js';
import { escapeHtml } from '../../http/error-document.js';
import type { Module, Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { absoluteUrl } from '../core/index.js';
import { findCandidates, type Candidate } from './candidates.js';

export interface SpelingSettings {
  readonly enabled: boolean;
  readonly caseOnly: boolean;
  readonly basenames: boolean;
}

const SPELING = new Slot<SpelingSettings>('speling', { enabled: false, caseOnly: false, basenames: true });

const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;

function flag(name: string, key: keyof SpelingSettings, byDefault: 'on' | 'off', help: string): Directive {
  return {
    name,
    syntax: 'on|off',
    default: byDefault,
    contexts: EVERYWHERE,
    override: 'Options',
    args: 'flag',
    help,
    apply(context, value) {
      context.settings.set(SPELING, key, isOn(value));
    },
  };
}

const DIRECTIVES: readonly Directive[] = [
  flag(
    'CheckSpelling',
    'enabled',
    'off',
    'Whether a URL that leads to no file is corrected to a name like it; a request with a body is answered by the ' +
      'one file whose name differs in letter case alone, because a redirect would lose the body.',
  ),
  flag(
    'CheckCaseOnly',
    'caseOnly',
    'off',
    'Whether CheckSpelling corrects letter case alone, for URLs from systems that do not tell it apart.',
  ),
  flag(
    'CheckBasenameMatch',
    'basenames',
    'on',
    'Whether CheckSpelling also offers files whose name is the same up to the first dot.',
  ),
];

/** mod_speling: URLs with a mistake or in another letter case are led to the files that were meant. */
export const spelingModule: Module = { name: 'speling', directives: DIRECTIVES, hooks: { fixups } };

function fixups(request: HttpRequest): Outcome | Promise<Outcome> {
  const settings = request.settings.get(SPELING);
  const { fileKind, filename, parent, script, path } = request;
  if (!settings.enabled || fileKind !== 'missing' || parent !== undefined || script !== undefined) {
    return 'declined';
  }
  if (filename === '' || path === '/') return 'declined';
  return correct(request, settings);
}

async function correct(request: HttpRequest, settings: SpelingSettings): Promise<Outcome> {
  const { filename, pathInfo, path, query, method } = request;
  const slash = filename.lastIndexOf('/');
  const wrong = filename.slice(slash + 1);
  const rest = wrong + pathInfo;
  // What an Alias made another name of cannot be corrected in the URL.
  if (slash < 0 || wrong === '' || !path.endsWith(rest)) return 'declined';
  const folder = path.slice(0, path.length - rest.length);
  const names = await readdir(fileSystemPath(filename.slice(0, slash) || '/'), 'latin1').catch(() => []);
  const candidates = findCandidates(wrong, names, settings);
  const [best, second] = candidates;
  if (best === undefined) return 'declined';
  const isClear = best.quality !== 'common basename' && best.quality !== second?.quality;
  const corrected = folder + best.name + pathInfo;
  if (method !== 'GET' && method !== 'HEAD') {
    return isClear && best.quality === 'miscapitalized' ? { redirect: escapePath(corrected) } : 'declined';
  }
  const referer = request.header('referer');
  const from = referer === undefined ? '' : ` from ${displayText(referer)}`;
  if (isClear) {
    const url = absoluteUrl(request, corrected, query);
    request.log('spellingFixed', { path: displayText(path), url: displayText(url), from });
    request.errorHeaders.push(['Location', url]);
    return 301;
  }
  request.notes.set('variant-list', listOf(request, folder, candidates));
  const params = { path: displayText(path), count: candidates.length, from };
  request.log('spellingChoices', params);
  return 300;
}

/** The choices as HTML, the likely ones apart from those that have the same beginning only. */
function listOf({ pathInfo, query }: HttpRequest, folder: string, candidates: readonly Candidate[]): string {
  const item = ({ name, quality }: Candidate): string => {
    const url = `${escapePath(folder + name + pathInfo)}${query === '' ? '' : `?${query}`}`;
    return `<li><a href="${escapeHtml(url)}">${escapeHtml(folder + name + pathInfo)}</a> (${quality})</li>`;
  };
  const close = candidates.filter(({ quality }) => quality !== 'common basename');
  const distant = candidates.filter(({ quality }) => quality === 'common basename');
  const lists = [close, distant].filter((list) => list.length > 0);
  return lists.map((list) => `<ul>\n${list.map(item).join('\n')}\n</ul>`).join('\n<p>And perhaps:</p>\n');
}
