import fs from 'node:fs';

/** What a process takes of the machine. */
export interface ProcessUsage {
  /** resident bytes */
  readonly memory: number;
  /** seconds */
  readonly cpuUser: number;
  readonly cpuSystem: number;
}

/** Linux shows processor times in hundredths of a second, whatever its own clock is. */
const TICKS = 100;

const PAGE_BYTES = 4096;

/** What the system says of a process; undefined when it does not, or when the process is gone. */
export function processUsage(pid: number): ProcessUsage | undefined {
  const fields = statOf(String(pid));
  if (pid <= 0 || fields === undefined) return undefined;
  return {
    memory: Number(fields[RSS]) * PAGE_BYTES,
    cpuUser: Number(fields[UTIME]) / TICKS,
    cpuSystem: Number(fields[STIME]) / TICKS,
  };
}

/** Seconds of processor time of the processes that this one has started and that have ended. */
export function endedChildren(): { readonly cpuUser: number; readonly cpuSystem: number } {
  const fields = statOf('self');
  return {
    cpuUser: Number(fields?.[CUTIME] ?? 0) / TICKS,
    cpuSystem: Number(fields?.[CSTIME] ?? 0) / TICKS,
  };
}

/** Fields of proc(5)'s stat, counted from the one behind the name. */
const UTIME = 11;
const STIME = 12;
const CUTIME = 13;
const CSTIME = 14;
const RSS = 21;

function statOf(name: string): string[] | undefined {
  try {
    const text = fs.readFileSync(`/proc/${name}/stat`, 'latin1');
    // The name is in parentheses and may have any character.
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
