// Reads TAP version 14 with indented subtests, as tap prints it, and counts tests. A test is a test
// point that holds no subtests of its own; a file or a group of subtests counts only if it failed by itself.

const POINT = /^( *)(not )?ok (\d+)(?: - (.*?))?(?: # (SKIP|T[O]DO)(?: (.*?))?)?(?: # time=\S+)?(?: \{)?$/;
const INDENT = 4;

/** Takes the lines of a TAP stream one after the other. */
export class TapResults {
  passed = 0;
  /** `{ name, details }` with the path of a test from its file down */
  failed = [];
  /** `{ name, reason }` */
  skipped = [];

  #onFile;
  /** points of each depth that no point above has taken as its children yet */
  #open = [];
  #details;
  #detailsPoint;
  /** points wait for the lines below them, which say why they failed */
  #last;

  /** `onFile(name, ok)` is called as each file ends */
  constructor(onFile = () => undefined) {
    this.#onFile = onFile;
  }

  line(text) {
    if (this.#details !== undefined) {
      if (text.trim() === '...' && indentOf(text) === this.#details) this.#details = undefined;
      else this.#detailsPoint.details.push(text.slice(this.#details));
      return;
    }
    if (
      this.#last !== undefined &&
      text.trim() === '---' &&
      indentOf(text) === this.#last.depth * INDENT + 2
    ) {
      this.#details = indentOf(text);
      this.#detailsPoint = this.#last;
      return;
    }
    this.#flush();
    const match = POINT.exec(text);
    if (match === null || match[1].length % INDENT !== 0) return;
    const [, indent, not, , name = '', directive, reason = ''] = match;
    this.#last = {
      depth: indent.length / INDENT,
      ok: not === undefined,
      name: unescape(name),
      directive,
      reason: unescape(reason),
      details: [],
      children: [],
    };
  }

  /** To be called once, after the last line. */
  end() {
    this.#flush();
    for (const point of this.#open[0] ?? []) this.#count(point, []);
    this.#open = [];
  }

  #flush() {
    const point = this.#last;
    if (point === undefined) return;
    this.#last = undefined;
    point.children = this.#open[point.depth + 1] ?? [];
    this.#open.length = point.depth + 1;
    (this.#open[point.depth] ??= []).push(point);
    if (point.depth === 0) this.#onFile(point.name, point.ok);
  }

  #count(point, path) {
    const names = [...path, point.name];
    const name = names.join(' > ');
    const isFile = path.length === 0;
    const isGroup =
      point.children.some((child) => child.children.length > 0) || (isFile && point.children.length > 0);
    if (isGroup) {
      const before = this.failed.length;
      for (const child of point.children) this.#count(child, names);
      if (!point.ok && this.failed.length === before) this.failed.push({ name, details: point.details });
      return;
    }
    const skips = [point, ...point.children].filter((each) => each.directive !== undefined);
    if (!point.ok && point.directive === undefined) {
      const culprit = point.children.find((child) => !child.ok && child.directive === undefined);
      const details = culprit === undefined ? point.details : [culprit.name, ...culprit.details];
      this.failed.push({ name, details });
    } else if (skips.length > 0) {
      const reason = skips
        .map((each) => each.reason || (each === point ? 'no reason given' : each.name))
        .join('; ');
      this.skipped.push({ name, reason });
    } else {
      this.passed++;
    }
  }
}

function indentOf(text) {
  return text.length - text.trimStart().length;
}

function unescape(text) {
  return text.replace(/\\([#\\])/g, '$1');
}
