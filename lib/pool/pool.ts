import { HostError } from '../errors.js';
import type { ExplainedFailure } from '../worker/diagnosis.js';
import type { Exchange } from './exchange.js';
import type { GroupContext } from './group-context.js';
import type { RuntimeName } from './runtimes/runtime.js';
import { WorkerGroup } from './worker-group.js';

/** One application pool: its worker processes, by the runtime that its extensions need. */
export class Pool {
  readonly name: string;
  readonly #context: GroupContext;
  readonly #groups = new Map<RuntimeName, WorkerGroup>();

  constructor(context: GroupContext) {
    this.name = context.settings.name;
    this.#context = context;
  }

  /** `request.timeout` in milliseconds, 0 for the server's Timeout. */
  get requestTimeout(): number {
    return this.#context.settings.requestTimeout;
  }

  /** Runs a request. Whatever happens, the exchange hears of it. */
  submit(runtime: RuntimeName, exchange: Exchange): void {
    this.#group(runtime).submit(exchange);
  }

  /** Loads a cached extension ahead. Throws RUNTIME_MISSING; later failures are reported. */
  preload(runtime: RuntimeName, file: string, report: (failure: ExplainedFailure) => void): void {
    this.#group(runtime).preload(file, report);
  }

  /** Whether the pool takes extensions for this runtime. Throws RUNTIME_MISSING when its setting names another one. */
  check(runtime: RuntimeName): void {
    const wanted = this.#context.settings.runtime;
    if (wanted !== 'auto' && wanted !== runtime) {
      throw new HostError(
        'RUNTIME_MISSING',
        `it needs the runtime ${runtime}, but pool ${this.name} has runtime = ${wanted}; use another pool or runtime = auto`,
      );
    }
  }

  /** Its groups of worker processes, one for each runtime that was needed so far. */
  get groups(): readonly WorkerGroup[] {
    return [...this.#groups.values()];
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.stop()));
  }

  #group(runtime: RuntimeName): WorkerGroup {
    let group = this.#groups.get(runtime);
    if (!group) {
      group = new WorkerGroup(runtime, this.#context);
      this.#groups.set(runtime, group);
    }
    return group;
  }
}
