/** A line of a family. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: MetricSample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';

/**
 * Reads the text format of Prometheus, version 0.0.4, and throws for anything that it does not allow, or that its makers
 * advise against: a family in two places, a sample twice, a counter without _total, buckets that are not cumulative.
 */
export function parseMetrics(text: string): Map<string, MetricFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, MetricFamily>();
  const seen = new Set<string>();
  let current = '';
  let help: [name: string, text: string] | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const helpLine = new RegExp(`^# HELP (${NAME}) (.+)$`).exec(line);
    if (helpLine) {
      help = [helpLine[1] ?? '', helpLine[2] ?? ''];
      continue;
    }
    const typeLine = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`).exec(line);
    if (typeLine) {
      const [, name = '', type = ''] = typeLine;
      if (families.has(name)) throw new Error(`${name} is there twice`);
      if (help?.[0] !== name) throw new Error(`${name} has no help`);
      if (type === 'counter' && !name.endsWith('_total'))
        throw new Error(`${name} is a counter without _total`);
      families.set(name, { type, help: help[1], samples: [] });
      current = name;
      continue;
    }
    const sample = parseSample(line);
    const family = families.get(current);
    const suffixes = family?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    if (!suffixes.some((suffix) => sample.name === current + suffix))
      throw new Error(`not of ${current}: ${line}`);
    const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    family?.samples.push(sample);
  }
  for (const [name, family] of families) {
    if (family.samples.length === 0) throw new Error(`${name} has no sample`);
    if (family.type === 'histogram') checkHistogram(name, family);
  }
  return families;
}

function parseSample(line: string): MetricSample {
  const [, name = '', , inner = '', number = ''] =
    new RegExp(`^(${NAME})(\\{(.*)\\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)$`).exec(line) ?? [];
  if (name === '') throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  const pair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;
  while (pair.lastIndex < inner.length) {
    const [, label = '', value = ''] = pair.exec(inner) ?? [];
    if (label === '') throw new Error(`not labels: ${inner}`);
    if (label in labels) throw new Error(`the label ${label} is there twice: ${line}`);
    labels[label] = value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
  }
  return { name, labels, value: Number(number) };
}

function checkHistogram(name: string, { samples }: MetricFamily): void {
  const series = new Map<string, { bounds: number[]; counts: number[]; count: number | undefined }>();
  for (const { name: line, labels, value } of samples) {
    const { le, ...others } = labels;
    const key = JSON.stringify(others);
    const found = series.get(key) ?? { bounds: [], counts: [], count: undefined };
    series.set(key, found);
    if (line.endsWith('_bucket')) {
      found.bounds.push(le === '+Inf' ? Infinity : Number(le));
      found.counts.push(value);
    } else if (line.endsWith('_count')) found.count = value;
  }
  for (const [key, { bounds, counts, count }] of series) {
    const rises = (list: readonly number[], strictly: boolean): boolean =>
      list.every((value, index) => {
        const before = list[index - 1] ?? -1;
        return strictly ? value > before : value >= before;
      });
    if (!rises(bounds, true) || !rises(counts, false))
      throw new Error(`buckets of ${name} ${key} are not in order`);
    if (bounds.at(-1) !== Infinity) throw new Error(`${name} ${key} has no bucket +Inf`);
    if (counts.at(-1) !== count) throw new Error(`${name} ${key}: the last bucket is not the count`);
  }
}
