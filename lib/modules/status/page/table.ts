import { markup, type Html, type HtmlValue } from '../../html.js';

/** A column: its heading, and whether it holds numbers, which stand at the right. */
export interface Column {
  readonly name: string;
  readonly numeric?: boolean;
}

export interface Row {
  /** tells the row from others, so that it stays what it is when the page is brought up to date */
  readonly key: string;
  readonly cells: readonly HtmlValue[];
}

/**
 * A table whose rows become blocks with a label for each cell where there is little room. The roles are written out,
 * because a browser takes a table that is laid out as blocks for none.
 */
export function table(caption: string, columns: readonly Column[], rows: readonly Row[]): Html {
  const classOf = (index: number): Html | false =>
    columns[index]?.numeric === true && markup` class="number"`;
  const headings = columns.map(
    ({ name }, index) => markup`<th role="columnheader" scope="col" ${classOf(index)}>${name}</th>`,
  );
  const cellOf = (cell: HtmlValue, index: number): Html =>
    markup`<td role="cell" ${classOf(index)} data-label="${columns[index]?.name}">${cell}</td>`;
  return markup`<table role="table">
<caption class="unseen">${caption}</caption>
<thead role="rowgroup">
<tr role="row">${headings}</tr>
</thead>
<tbody role="rowgroup">${rows.map(
    ({ key, cells }) => markup`<tr role="row" data-key="${key}">${cells.map(cellOf)}</tr>
`,
  )}</tbody>
</table>`;
}

/** A list of facts, each with its name. */
export function facts(list: readonly (readonly [name: string, value: HtmlValue])[]): Html {
  const shown = list.filter(([, value]) => value !== undefined && value !== '');
  return markup`<dl class="facts">${shown.map(
    ([name, value]) =>
      markup`<div data-key="${name}">
<dt>${name}</dt>
<dd>${value}</dd>
</div>`,
  )}</dl>`;
}

/** A moment, in the server's time: "2026-11-28 02:14:05". */
export function timeOf(milliseconds: number): Html {
  const time = new Date(milliseconds);
  const local = new Date(milliseconds - time.getTimezoneOffset() * 60_000).toISOString();
  return markup`<time datetime="${time.toISOString()}">${local.slice(0, 19).replace('T', ' ')}</time>`;
}

/** A file by its own name, its folder in the title. */
export function fileName(path: string): Html {
  return markup`<span title="${path}">${baseName(path)}</span>`;
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
