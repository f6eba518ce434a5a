import { monitorEventLoopDelay, performance, type EventLoopUtilization } from 'node:perf_hooks';

/** How late the event loop comes to what is due. Milliseconds. */
export interface LoopDelay {
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
}

/** How often the delay is looked at while it is. Milliseconds; what the system measures includes it. */
const RESOLUTION = 20;

/** The delay is measured from the first look at it until nobody has looked for so long. Milliseconds. */
const MEASURED_FOR = 60_000;

/** Delays are those of the last minute at most. Milliseconds. */
const WINDOW = 60_000;

/** How busy the server's one thread is. The share of its time costs nothing; the delay is measured only while wanted. */
export class LoopWatch {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  #lookedAt = -Infinity;
  #since = 0;
  #measures = false;
  #before: EventLoopUtilization = performance.eventLoopUtilization();

  /** What was measured since somebody looked first; undefined when that is now. */
  delay(): LoopDelay | undefined {
    const now = performance.now();
    this.#lookedAt = now;
    if (!this.#measures) {
      this.#measures = true;
      this.#since = now;
      this.#histogram.reset();
      this.#histogram.enable();
    }
    if (this.#histogram.count === 0) return undefined;
    return {
      mean: late(this.#histogram.mean),
      p99: late(this.#histogram.percentile(99)),
      max: late(this.#histogram.max),
    };
  }

  /** The part of the time since the last call that the loop was busy, 0 to 1. To be called now and then. */
  utilization(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#before);
    this.#before = now;
    return Number.isFinite(utilization) ? utilization : 0;
  }

  /** Stops measuring when nobody looks any more. */
  tick(): void {
    if (!this.#measures) return;
    const now = performance.now();
    if (now - this.#lookedAt > MEASURED_FOR) this.stop();
    else if (now - this.#since > WINDOW) {
      this.#since = now;
      this.#histogram.reset();
    }
  }

  stop(): void {
    this.#measures = false;
    this.#histogram.disable();
  }
}

function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION);
}
