import { code, load, madeFrom, plain, table } from './markdown.mjs';

/** What may stand in a section, in the words of Apache's documentation. */
const CONTEXT_OF_SECTION = {
  server: 'server',
  VirtualHost: 'virtual host',
  Directory: 'directory',
  DirectoryMatch: 'directory',
  '.htaccess': '.htaccess',
};

/** docs/directives.md: every directive and section, from the tables that check them. */
export async function directivesDocument() {
  const rows = [...(await moduleRows()), ...(await readingRows()), ...(await sectionRows())];
  rows.sort((a, b) => compare(a.title.replace('<', ''), b.title.replace('<', '')));
  return `${madeFrom('the tables of directives in lib/config/ and lib/modules/')}

# Directives

Syntax and meaning are those of Apache 2.4, unless the text says otherwise. Names may be written in any letter case. A
directive that is not here stops the start with an error that names its place, and the module that it belongs to in
Apache; inside an \`<IfModule>\` of such a module it is skipped.

"Allowed in" uses Apache's words: *server* is outside all sections, *directory* is inside \`<Directory>\`, \`<Location>\`,
\`<Files>\` and their \`Match\` forms. *virtual host* is inside \`<VirtualHost>\`.
*.htaccess* comes with the class that \`AllowOverride\` has to name.

${table(
  ['Directive', 'Module', 'What it is for'],
  rows.map(({ title, module, help }) => [
    `[${plain(title)}](#${anchor(title)})`,
    module,
    sentence(plain(help)),
  ]),
)}

${rows.map(describe).join('\n')}`;
}

async function moduleRows() {
  const { makeModules } = await load('cli/modules.js');
  const { parsePools } = await load('config/pools.js');
  return makeModules(parsePools('', '').pools).flatMap(({ name, directives, sections = [] }) => [
    ...directives.map((row) => ({ ...row, title: row.name, module: moduleName(name) })),
    ...sections.map((row) => ({ ...ownedSection(row), module: moduleName(name) })),
  ]);
}

/** A section of a module's own: its syntax is only the arguments. */
function ownedSection(row) {
  const { name, syntax, override } = row;
  return {
    ...row,
    title: `<${name}>`,
    syntax: `<${name}${syntax === '' ? '' : ` ${syntax}`}>`,
    override: override?.join(' or '),
    isSection: true,
  };
}

async function readingRows() {
  const { READING_DIRECTIVES } = await load('config/reading-directives.js');
  return READING_DIRECTIVES.map((row) => ({
    ...row,
    title: row.container ? `<${row.name}>` : row.name,
    syntax: row.container ? `<${row.name} ${row.syntax}>` : row.syntax,
    isSection: row.container,
    module: moduleName(row.module ?? 'core'),
  }));
}

async function sectionRows() {
  const { SECTIONS } = await load('config/section-table.js');
  return SECTIONS.map((row) => ({
    ...row,
    title: `<${row.kind}>`,
    isSection: true,
    module: 'core',
    contexts: [...new Set(row.within.map((kind) => CONTEXT_OF_SECTION[kind] ?? 'directory'))],
  }));
}

function moduleName(name) {
  return name === 'core' || name === 'mpm_common' ? name : `mod_${name}`;
}

function describe({ title, syntax, default: byDefault, contexts, override, module, help, isSection }) {
  const lines = [
    `Syntax: ${code(isSection ? syntax.split(' | ').join('` or `') : `${title} ${syntax}`)}`,
    ...(byDefault === undefined ? [] : [`Default: ${plain(byDefault)}`]),
    `Allowed in: ${contexts.map((context) => withOverride(context, override)).join(', ')}`,
    `Module: ${module}`,
  ];
  return `### ${plain(title)}\n\n${sentence(plain(help))}\n\n${lines.map((line) => `- ${line}`).join('\n')}\n`;
}

function withOverride(context, override) {
  return context === '.htaccess' && override !== undefined ? `.htaccess (${override})` : context;
}

/** Some rows have a phrase, because messages repeat it. */
function sentence(text) {
  const capital = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** The name that a heading gets from those who show Markdown. */
function anchor(title) {
  return title.toLowerCase().replace(/[^\w-]/g, '');
}

function compare(a, b) {
  return a.localeCompare(b, 'en', { sensitivity: 'base' });
}
