import { Slot, type Settings } from '../config/settings.js';

/** What is set for the server's process as a whole. Times are in seconds. */
export interface ProcessSettings {
  /** so long running requests may take to end when the server stops; 0 for any time */
  readonly gracefulShutdownTimeout: number;
  /** absolute; undefined for the default */
  readonly pidFile: string | undefined;
  /** absolute, or `off`; undefined for the default */
  readonly controlSocket: string | undefined;
  readonly listenBacklog: number;
  readonly maxRequestWorkers: number;
  readonly asyncRequestWorkerFactor: number;
}

export const PROCESS = new Slot<ProcessSettings>('process', {
  gracefulShutdownTimeout: 10,
  pidFile: undefined,
  controlSocket: undefined,
  listenBacklog: 511,
  maxRequestWorkers: 4000,
  asyncRequestWorkerFactor: 2,
});

/** The connections that are served at a time: as for Apache's event MPM, where idle ones need no worker. */
export function connectionBound(settings: Settings): number {
  const { maxRequestWorkers, asyncRequestWorkerFactor } = settings.get(PROCESS);
  return Math.max(1, Math.floor((asyncRequestWorkerFactor + 1) * maxRequestWorkers));
}
