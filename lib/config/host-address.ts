import type { Place } from './place.js';
import type { Problems } from './problems.js';
import type { Section } from './sections.js';
import type { Settings } from './settings.js';
import type { SectionNode } from './tree.js';

/** One address of a `<VirtualHost>`. */
export interface HostAddress {
  /** an IP address, a host name, or `*`; an IPv6 address without brackets */
  readonly name: string;
  /** 0: any; undefined: the port of the main server's ServerName, or any when that has none */
  readonly port: number | undefined;
  readonly place: Place;
}

/** What a `<VirtualHost>` says, before the main server's settings are merged below its own. */
export interface HostDraft {
  readonly place: Place;
  readonly addresses: readonly HostAddress[];
  readonly settings: Settings;
  /** in order of the files */
  readonly sections: readonly Section[];
}

/** Numbers that stand for every address of the machine. */
const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '*', '_default_']);

/**
 * Takes an argument of `<VirtualHost>` apart as Apache does: `*`, `_default_`, an address or a name, each with a
 * port, with `:*` for any, or without.
 * @returns what it says, or what is wrong with it, in Apache's words
 */
export function parseHostAddress(text: string): { name: string; port: number | undefined } | string {
  // A star by itself means every port as well.
  if (text === '*') return { name: '*', port: 0 };
  if (/^\d*$/.test(text)) return 'Missing address for VirtualHost';
  const [, host = '', digits] = /^(.*?)(?::(\d+|\*))?$/.exec(text) ?? [];
  const port = digits === undefined ? undefined : digits === '*' ? 0 : Number(digits);
  if (host === '' || (digits !== undefined && digits !== '*' && !(Number(digits) >= 1))) return INVALID;
  if (port !== undefined && port > 65535) return INVALID;
  const name = host.startsWith('[') ? bracketed(host) : host;
  if (name === undefined) return INVALID;
  return { name: EVERY_ADDRESS.has(name.toLowerCase()) ? '*' : name, port };
}

const INVALID = 'The address or port is invalid';

/** The address within brackets; undefined for what cannot be one. */
function bracketed(host: string): string | undefined {
  return /^\[([0-9a-f:.]+(?:%\w+)?)\]$/i.exec(host)?.[1];
}

/** The addresses of a `<VirtualHost>`; undefined when it has no argument. What is wrong with them is reported. */
export function hostAddresses(node: SectionNode, problems: Problems): HostAddress[] | undefined {
  if (node.args.length === 0) {
    problems.error('<VirtualHost> directive requires additional arguments', node.place);
    return undefined;
  }
  if (node.unclosedQuote) problems.warning('this quote is not closed', node.unclosedQuote);
  return node.args.flatMap(({ text, place }) => {
    const parsed = parseHostAddress(text);
    if (typeof parsed !== 'string') return [{ ...parsed, place }];
    problems.error(parsed, place);
    return [];
  });
}
