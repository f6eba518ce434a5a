import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../steps/command.mjs';

/** A module of the built program, such as `messages.js`. */
export function load(name) {
  return import(pathToFileURL(join(root, 'dist', 'lib', name)).href);
}

/** Text that Markdown is to show as it is. */
export function plain(text) {
  return text.replace(/[\\`*_[\]<>|]/g, '\\$&');
}

/** Text in the type of a program. */
export function code(text) {
  return `\`${text}\``;
}

/** A table; cells are Markdown. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The same in a table's cell, where a bar would end the cell. */
export function cellCode(text) {
  return code(text.replaceAll('|', '\\|'));
}

/** What every generated file says of itself. */
export function madeFrom(sources) {
  return `<!-- Made by "npm run docs" from ${sources}: change it there. -->`;
}
