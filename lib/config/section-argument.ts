import type { Argument, SectionKind } from './directive.js';
import type { SectionRow } from './section-table.js';

/** Apache's words for something that is not allowed where it stands. */
export function notAllowed(
  name: string,
  allowed: readonly string[],
  { kind, inner }: { readonly kind: SectionKind; readonly inner?: { readonly name: string } },
): string {
  if (inner) return `${name} not allowed in <${inner.name}> context`;
  if (kind === 'VirtualHost' && allowed.includes('server')) {
    return `${name} cannot occur within <VirtualHost> section`;
  }
  if (kind === 'server' && allowed.length === 1 && allowed[0] === 'virtual host') {
    return `${name} only used in <VirtualHost>`;
  }
  const isServer = kind === 'server' || kind === 'VirtualHost' || kind === '.htaccess';
  return `${name} not allowed ${isServer ? 'here' : `in <${kind}> context`}`;
}

type SectionArgument =
  | { readonly argument: Argument; readonly kind: SectionKind }
  | { readonly message: string; readonly at?: Argument };

/** The argument of a section, and its kind: `~` makes a regular expression of what follows. */
export function sectionArgument(row: SectionRow, args: readonly Argument[]): SectionArgument {
  const regexKind = args[0]?.text === '~' ? row.regexKind : undefined;
  const [argument, extra] = regexKind ? args.slice(1) : args;
  if (!argument) return { message: `<${row.kind}> directive requires additional arguments` };
  if (extra)
    return {
      message: `Multiple <${row.kind}> arguments not (yet) supported; put one with blanks into quotes`,
      at: extra,
    };
  return { argument, kind: regexKind ?? row.kind };
}
