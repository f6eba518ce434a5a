import type { PipeNames } from '../channel/pipes.js';

/** What a worker process is told when it starts. File names are in the worker's own notation. */
export interface WorkerStart {
  /** the pipe of the main thread */
  readonly control: PipeNames;
  /** the pipes of the worker threads, by index */
  readonly threads: readonly PipeNames[];
  readonly scoreboard: string;
  /** milliseconds between reports of resident memory, 0 for none */
  readonly memoryInterval: number;
}
