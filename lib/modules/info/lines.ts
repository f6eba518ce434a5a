import { isAbsolute, relative } from 'node:path';
import type { DirectiveModule } from '../../config/directive.js';
import type { Node } from '../../config/tree.js';
import { READING_DIRECTIVES } from '../../config/reading-directives.js';
import { SECTIONS } from '../../config/section-table.js';
import { markup, type Html } from '../html.js';
import { maskedArguments } from './masking.js';

/** A configuration as nested lists: each line with the place that it comes from. @param root ServerRoot */
export function configurationTree(nodes: readonly Node[], root: string): Html {
  return markup`<ul class="tree">${nodes.map((node) => lineOf(node, root))}</ul>`;
}

function lineOf(node: Node, root: string): Html {
  const { name, args, place } = node;
  const where = markup`<span class="where">${fileBelow(place.file, root)}:${place.line}</span>`;
  const text = maskedArguments(name, args);
  const shown = text === '' ? name : `${name} ${text}`;
  if (node.kind === 'directive')
    return markup`<li>
<div><code>${shown}</code> ${where}</div>
</li>
`;
  return markup`<li>
<div><code class="section">${`<${shown}>`}</code> ${where}</div>${configurationTree(node.children, root)}<div><code class="section">${`</${name}>`}</code></div>
</li>
`;
}

/** A file as it is named from ServerRoot, where it is below it. */
export function fileBelow(file: string, root: string): string {
  const below = relative(root, file);
  return below.startsWith('..') || isAbsolute(below) ? file : below;
}

/** The parts of a configuration that are of some directives: sections stay where something is left in them. */
export function onlyOf(nodes: readonly Node[], names: ReadonlySet<string>): Node[] {
  return nodes.flatMap((node): Node[] => {
    if (node.kind === 'directive') return names.has(node.name.toLowerCase()) ? [node] : [];
    if (names.has(`<${node.name.toLowerCase()}`)) return [node];
    const children = onlyOf(node.children, names);
    return children.length > 0 ? [{ ...node, children }] : [];
  });
}

/** A directive or section of a module, for people. */
export interface DirectiveRow {
  readonly name: string;
  readonly help: string;
}

/** What belongs to a module: its directives, then its sections in brackets. The core has those of the language too. */
export function rowsOf({ name, directives, sections = [] }: DirectiveModule): DirectiveRow[] {
  const own = [
    ...directives.map((row) => ({ name: row.name, help: row.help })),
    ...sections.map((row) => ({ name: `<${row.name}>`, help: row.help })),
  ];
  const reading = READING_DIRECTIVES.filter((row) => (row.module ?? 'core') === name).map((row) => ({
    name: row.container === true ? `<${row.name}>` : row.name,
    help: row.help,
  }));
  const common = name === 'core' ? SECTIONS.map((row) => ({ name: `<${row.kind}>`, help: row.help })) : [];
  return [...own, ...reading, ...common];
}

/** The names of rows as `onlyOf` wants them. */
export function namesOf(rows: readonly DirectiveRow[]): Set<string> {
  return new Set(rows.map(({ name }) => name.toLowerCase().replace(/>$/, '')));
}
