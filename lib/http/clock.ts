/** Milliseconds by which the two clocks may part before the monotonic one is set anew. */
const MAX_DRIFT = 2;

let offset = Date.now() - performance.now();

/** Milliseconds since 1970 with microseconds as a fraction. Follows the system's clock when that is set. */
export function preciseNow(): number {
  let now = offset + performance.now();
  const wall = Date.now();
  if (Math.abs(now - wall) > MAX_DRIFT) {
    offset += wall - now;
    now = wall;
  }
  return now;
}
