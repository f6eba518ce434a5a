import type { LatencyHistogram } from '../../pool/latency-histogram.js';

export type Labels = Readonly<Record<string, string>>;

/** Every name begins with this. */
const PREFIX = 'isapi_host_';

/** Writes numbers in the text format of Prometheus, version 0.0.4: a HELP and a TYPE line, then a line for each. */
export class MetricWriter {
  #lines: string[] = [];

  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }

  gauge(name: string, help: string, samples: readonly (readonly [Labels, number])[]): void {
    this.#family(name, help, 'gauge', samples);
  }

  counter(name: string, help: string, samples: readonly (readonly [Labels, number])[]): void {
    this.#family(name, help, 'counter', samples);
  }

  /** @param bounds of the buckets, as powers of 2 in microseconds */
  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    samples: readonly (readonly [Labels, LatencyHistogram])[],
  ): void {
    if (samples.length === 0) return;
    this.#head(name, help, 'histogram');
    for (const [labels, latency] of samples) {
      for (const [index, count] of latency.cumulative(bounds).entries()) {
        const le = String(2 ** (bounds[index] ?? 0) / 1e6);
        this.#sample(`${name}_bucket`, { ...labels, le }, count);
      }
      this.#sample(`${name}_bucket`, { ...labels, le: '+Inf' }, latency.count);
      this.#sample(`${name}_sum`, labels, latency.sum / 1000);
      this.#sample(`${name}_count`, labels, latency.count);
    }
  }

  #family(name: string, help: string, type: string, samples: readonly (readonly [Labels, number])[]): void {
    if (samples.length === 0) return;
    this.#head(name, help, type);
    for (const [labels, value] of samples) this.#sample(name, labels, value);
  }

  #head(name: string, help: string, type: string): void {
    const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    this.#lines.push(`# HELP ${PREFIX}${name} ${text}`, `# TYPE ${PREFIX}${name} ${type}`);
  }

  #sample(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    const shown = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
    this.#lines.push(`${PREFIX}${name}${shown} ${String(value)}`);
  }
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
