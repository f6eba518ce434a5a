import type { Configuration } from '../config/configuration.js';
import { formatProblem } from '../config/problems.js';
import { CONTENT, serverSoftware } from './content-settings.js';
import { ActionTable } from './control/action-table.js';
import type { ServerLog } from './log.js';
import type { Module } from './module.js';
import { Pipeline } from './pipeline.js';
import { TlsTable } from './tls/tls-table.js';

/** What a generation is made of. */
export interface GenerationOptions {
  readonly configuration: Configuration;
  readonly modules: readonly Module[];
  readonly log: ServerLog;
  /** the program's version, for the Server header */
  readonly version: string;
}

/**
 * A configuration at work: its modules, its pipeline, and the requests that it serves. A reload puts a new one in its
 * place; requests that the old one has begun end in it, and with the last of them it ends as well.
 */
export class Generation {
  readonly configuration: Configuration;
  readonly log: ServerLog;
  readonly pipeline: Pipeline;
  readonly tls: TlsTable;
  readonly actions: ActionTable;
  readonly #modules: readonly Module[];
  #started: Module[] = [];
  #requests = 0;
  #whenIdle: (() => void) | undefined;

  constructor({ configuration, modules, log, version }: GenerationOptions) {
    this.configuration = configuration;
    this.log = log;
    this.#modules = modules;
    this.tls = new TlsTable(configuration);
    this.actions = new ActionTable(modules, log);
    const { serverTokens } = configuration.main.settings.get(CONTENT);
    this.pipeline = new Pipeline(configuration, modules, log, serverSoftware(version, serverTokens));
  }

  /** Requests that it has taken up and that have not ended. */
  get requests(): number {
    return this.#requests;
  }

  /** Runs the modules' open hooks. When one fails, those that were opened are stopped and its error is thrown. */
  async open(): Promise<void> {
    try {
      for (const module of this.#modules) {
        this.#started.unshift(module);
        await module.hooks?.open?.(this.pipeline);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Finds out what hosts and TLS need of the system and of files. When that fails, the modules are stopped. */
  async prepare(): Promise<void> {
    try {
      for (const problem of await this.pipeline.hosts.resolve()) {
        this.log.write('configurationWarning', { problem: formatProblem(problem) });
      }
      await this.tls.load(this.pipeline.hosts);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Runs the modules' start hooks. When one fails, the modules are stopped and its error is thrown. */
  async start(): Promise<void> {
    try {
      for (const module of this.#modules) await module.hooks?.start?.(this.pipeline);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** A request is taken up. */
  enter(): void {
    this.#requests++;
  }

  /** A request has ended. */
  leave(): void {
    if (--this.#requests === 0) this.#whenIdle?.();
  }

  /**
   * Resolves when no request is left, or when the time is over, to how many are left.
   * @param time milliseconds, 0 for any time
   */
  idle(time: number): Promise<number> {
    if (this.#requests === 0) return Promise.resolve(0);
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#whenIdle = undefined;
        resolve(this.#requests);
      };
      const timer = time > 0 ? setTimeout(end, time) : undefined;
      this.#whenIdle = end;
    });
  }

  /** Opens its logs anew. */
  async reopenLogs(): Promise<void> {
    await this.log.reopen();
    for (const module of this.#started) await module.hooks?.reopen?.();
  }

  /** Ends actions, and runs the stop hooks of the modules, the last one first. The log stays open. */
  async stop(): Promise<void> {
    this.actions.stop();
    const started = this.#started;
    this.#started = [];
    for (const module of started) await module.hooks?.stop?.();
  }
}
