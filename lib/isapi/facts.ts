/**
 * What the server tells a worker process about a request: everything that the control block and the server variables
 * are made of. All strings are byte strings without NUL; paths are in the server's own notation.
 */
export const FACT_NAMES = [
  'method',
  /** the request target as it came */
  'target',
  'protocol',
  'scheme',
  'query',
  /** URL path of the extension, without path info */
  'scriptName',
  /** file of the extension */
  'scriptFilename',
  'pathInfo',
  'pathTranslated',
  'contentType',
  /** in decimal, or "" without a Content-Length */
  'contentLength',
  'documentRoot',
  'contextPrefix',
  'contextDocumentRoot',
  'serverName',
  'serverPort',
  'serverAdmin',
  'serverSoftware',
  'serverSignature',
  'remoteAddress',
  /** the name of the client's address, or "" */
  'remoteHost',
  'remotePort',
  'localAddress',
  'user',
  'authType',
  'password',
  'pool',
  /** what CERT_ and HTTPS_ variables there are: names and values, alternating, each with a byte 1 behind it */
  'certificates',
  /** REQUEST_URI where it is not the target, else "" */
  'requestUri',
  /** the path of the URL where it is not scriptName and pathInfo together, else "" */
  'urlPath',
  /** "1" when Authorization and Proxy-Authorization are headers like others */
  'passAuth',
] as const;

export type FactName = (typeof FACT_NAMES)[number];

export interface RequestFacts extends Readonly<Record<FactName, string>> {
  /** names and values as they came, alternating */
  readonly headers: readonly string[];
  /** SetEnv and what modules add: names and values, alternating */
  readonly environment: readonly string[];
}

/**
 * Facts as one text: the named ones in order, the headers, the environment, separated by NUL. One text because it
 * crosses the channel with a single copy.
 */
export function packFacts(facts: RequestFacts): string {
  let text = '';
  for (const name of FACT_NAMES) text += `${facts[name]}\0`;
  text += `${String(facts.headers.length)}\0`;
  for (const item of facts.headers) text += `${item}\0`;
  for (const item of facts.environment) text += `${item}\0`;
  return text;
}

/** The opposite of packFacts. */
export function unpackFacts(text: string): RequestFacts {
  return new UnpackedFacts(text.split('\0')) as unknown as RequestFacts;
}

/** Facts by their names, read from the items when they are asked for: most extensions ask for a few. */
class UnpackedFacts {
  readonly items: readonly string[];

  constructor(items: readonly string[]) {
    this.items = items;
  }

  get headers(): readonly string[] {
    return this.items.slice(FIRST_HEADER, this.firstVariable);
  }

  get environment(): readonly string[] {
    return this.items.slice(this.firstVariable, -1);
  }

  private get firstVariable(): number {
    return FIRST_HEADER + Number(this.items[FACT_NAMES.length] ?? 0);
  }
}

const FIRST_HEADER = FACT_NAMES.length + 1;

FACT_NAMES.forEach((name, index) => {
  Object.defineProperty(UnpackedFacts.prototype, name, {
    get(this: UnpackedFacts): string {
      return this.items[index] ?? '';
    },
  });
});
