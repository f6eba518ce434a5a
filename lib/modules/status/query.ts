/** What a query asks the status handler for. */
export interface StatusQuery {
  readonly form: 'page' | 'auto' | 'json' | 'events' | 'trace';
  /** seconds after which the browser is to ask again, 0 for never */
  readonly refresh: number;
  /** the id of a trace, "" for none */
  readonly trace: string;
}

/** The longest time until the next look that can be asked for. Seconds. */
const MAX_REFRESH = 86_400;

/** The time that `refresh` without a number, or with none that makes sense, is for. Seconds. */
const DEFAULT_REFRESH = 10;

const FORMS = ['auto', 'json', 'events', 'trace'] as const;

/** Takes a query apart as mod_status does: options between `&`; what is not known counts for nothing. */
export function parseStatusQuery(query: string): StatusQuery {
  const options = new Map<string, string>();
  for (const part of query.split('&')) {
    const [name = '', value = ''] = part.split('=', 2);
    options.set(name.toLowerCase(), value);
  }
  const refresh = options.get('refresh');
  return {
    form: FORMS.find((name) => options.has(name)) ?? 'page',
    refresh: refresh === undefined ? 0 : secondsOf(refresh),
    trace: options.get('trace') ?? '',
  };
}

function secondsOf(text: string): number {
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return seconds === 0 ? DEFAULT_REFRESH : Math.min(seconds, MAX_REFRESH);
}
